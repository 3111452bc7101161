"""How the steps of an application are played: by whom, with which words, on which day."""

from dangjian.accounts.models import User
from dangjian.activities.development.demo.cast import Person
from dangjian.activities.development.demo.texts import filled
from dangjian.activities.development.queries.way import PROCEDURE
from dangjian.engines.procedures.actions import deciding, taking
from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.engines.stories.world import World, acting
from dangjian.kernel import clock
from dangjian.kernel.ui import words
from dangjian.org.models import PostKind
from dangjian.org.openings import register

HERE = (PostKind.ORGANISATION_MEMBER, PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY)
MEETINGS = {"committee_meeting": "支部委员会会议", "general_meeting": "支部党员大会"}


def officer(world: World, step: Step, branch: int) -> User | None:
    """Who takes a step: an officer of the branch, or of the committee above."""
    if step.who.at == "committee_above":
        return world.officer(world.committee, PostKind.ORGANISATION_MEMBER, PostKind.DEPUTY_SECRETARY) or world.office
    return world.officer(branch, *HERE)


def _is_open(case: ProcedureCase, code: str) -> bool:
    return register(CaseStep).filter(case=case, code=code, state="open", opens_on__lte=clock.today()).exists()


def play(world: World, person: Person, code: str, *, outcome: str = "") -> None:
    """Take a step of somebody's case today, if it is there in the text of today and open."""
    today = clock.today()
    step = procedure(PROCEDURE).on(today).by_code.get(code)
    case: ProcedureCase | None = (
        register(ProcedureCase)
        .select_related("organization")
        .filter(procedure=PROCEDURE, subject_id=person.applicant, state="open")
        .first()
    )
    who = officer(world, step, case.organization_id) if step and case else None
    if step is None or case is None or who is None or not _is_open(case, code):
        return
    chosen = outcome or next((one.code for one in step.outcomes if not one.back_to), "")
    with acting(who, step.who.permission or "development.view") as actor:
        if step.meeting:
            said = f"{words.day(today)}{MEETINGS[step.meeting.kinds[0]]}讨论"
            deciding.decide(actor=actor, case=case, code=code, day=today, outcome=chosen, said=said)
            return
        helpers, kind = list(person.helpers), "league" if person.columns.get("in_youth_league") else "members"
        given = filled(step, person.number, contacts=helpers, sponsors=helpers, group="", kind=kind)
        taking.take(actor=actor, case=case, code=code, day=today, outcome=chosen, entry=given)
