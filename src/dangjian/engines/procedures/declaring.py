"""How an app brings a procedure: one file and one line in its offers."""

from pathlib import Path
from typing import Any, Unpack

from dangjian.engines.procedures.api import router_of
from dangjian.engines.procedures.duties import rules_of
from dangjian.engines.procedures.offers import Functions, ProcedureOffer
from dangjian.engines.procedures.schema import read_file
from dangjian.kernel.offers import ApiRouter


def procedure_offers(file: Path, **functions: Unpack[Functions]) -> tuple[Any, ...]:
    """The offers of an app that has the procedure in ``file``: it, the duties of its open steps, its API.

    >>> OFFERS = (*procedure_offers(HERE / "procedures" / "project.yaml"), MenuItem("项目立项", "procedures:project", …), …)
    """
    read = read_file(file)
    brought = ProcedureOffer(read, **functions)
    return (brought, *rules_of(read), ApiRouter(f"procedures.{read.code}", read.title, router_of(read), order=600))
