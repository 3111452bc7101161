"""Cases of a procedure for programs."""

from ninja import Router

from dangjian.engines.procedures.definition import Procedure
from dangjian.engines.procedures.views.pages import pages_of
from dangjian.org.statistics import operation


def router_of(procedure: Procedure) -> Router:
    """The operations of a procedure."""
    router = Router()
    operation(
        router,
        f"/procedures/{procedure.code}/statistics",
        pages_of(procedure).statistics,
        description=f"一个党组织及其下级的{procedure.title}：开始、办理中、超期、办结、未通过各多少件。",
    )
    return router
