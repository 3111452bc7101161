"""What a program is told of a case: the steps that are open to the owner of its token, as the page offers them.

>>> class ArrearsOut(Schema):
...     open_steps: list[str] = steps_field(ARREARS_CASE)
...     resolve_open_steps = steps_resolver(ARREARS_CASE)
"""

from typing import Any

from pydantic import Field

from dangjian.org.cases.pages import Case
from dangjian.org.gate import admitted


def steps_field(case: Case[Any]) -> Any:
    """The field of a schema: codes of steps, described by their words."""
    named = "、".join(f"{one.code} {one.label}" if isinstance(one.label, str) else one.code for one in case.steps)
    return Field(description=f"令牌主人现在可以办理的步骤：{named}")


def steps_resolver(case: Case[Any]) -> Any:
    """What fills it in, after the operation, in the scope of the case. A list reads with its rows what the steps ask."""

    def open_steps(row: Any, context: Any) -> list[str]:
        actor = context["request"].actor
        with admitted(actor, case.permission):
            return [one.code for one in case.open_steps(actor, row)]

    return staticmethod(open_steps)
