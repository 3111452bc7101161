"""The procedures of this platform, as the apps offer them."""

from dangjian.engines.procedures.definition import Procedure, Step
from dangjian.engines.procedures.offers import DecidedIn, ProcedureOffer
from dangjian.kernel.errors import NotFound
from dangjian.kernel.registry import by_code, offers


def procedure(code: str) -> Procedure:
    """A procedure by its code. Raises ``NotFound`` for one that no app offers any more."""
    return offer_of(code).procedure


def offer_of(code: str) -> ProcedureOffer:
    """A procedure with its functions. Raises ``NotFound``."""
    found = by_code(ProcedureOffer).get(code)
    if found is None:
        raise NotFound("没有这个流程，提供它的模块可能已被移除。")
    return found


def body_of(step: Step) -> str:
    """Which meeting decides a step, in the words of the app that holds meetings; empty if none does."""
    if step.meeting is None:
        return ""
    titles = [title for offer in offers(DecidedIn) for code in step.meeting.kinds if (title := offer.title(code))]
    return "或".join(titles) or "会议"
