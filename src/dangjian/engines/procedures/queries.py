"""Reads on cases: whose turn it is, what was taken, what is open."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import Case as Choose
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Concat
from django.utils.functional import cached_property

from dangjian.accounts.models import User
from dangjian.engines.procedures.definition import OTHER_SIDE, Procedure, Step, Turn
from dangjian.engines.procedures.installed import offer_of
from dangjian.engines.procedures.models import CasePaper, CaseState, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.offers import ProcedureOffer
from dangjian.engines.procedures.policy import Known, Taken
from dangjian.kernel import clock
from dangjian.kernel.actor import Visitor
from dangjian.kernel.registry import offers
from dangjian.kernel.ui import words
from dangjian.members.models import Category, Member, Standing
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import either, register


class Hands:
    """Who takes a step of these cases: at which organisation, and whom of the people that the app names.

    Asked with three questions for the places of all of them and one for each name, two fewer if all is done here. The committee
    above is the nearest one over the organisation that has the case in hand; for the uppermost one it is itself.
    """

    def __init__(self, cases: Iterable[ProcedureCase]) -> None:
        cases = list(cases)
        self._here = {pk for case in cases for pk in (case.organization_id, case.other_side_id) if pk}
        self._subjects: dict[str, list[int]] = {case.procedure: [] for case in cases}
        for case in cases:
            self._subjects[case.procedure].append(case.subject_id)
        self._named: dict[tuple[str, str], Mapping[int, Sequence[int]]] = {}

    def person(self, step: Step, case: ProcedureCase) -> int | None:
        """The account of the first of the people named for the step, or of the person whom the case is about; for others none."""
        if step.who.themselves:
            return case.account_id
        return next(iter(self.people(step, case)), None)

    def live_on(self, case: ProcedureCase) -> dt.date:
        """The day on which the organisation that has the case in hand went live."""
        return self._live[case.organization_id]

    @cached_property
    def _live(self) -> dict[int, dt.date]:
        return dict(register(Organization).order_by().filter(pk__in=self._here).values_list("pk", "live_on"))

    def people(self, step: Step, case: ProcedureCase) -> Sequence[int]:
        """The accounts of the people whom the app names for the step."""
        name, code = step.who.named, case.procedure
        if not name:
            return ()
        if (code, name) not in self._named:
            self._named[code, name] = offer_of(code).people[name](self._subjects[code])
        return self._named[code, name].get(case.subject_id, ())

    def of(self, step: Step, case: ProcedureCase) -> int:
        """The number of the organisation at which it is taken; a case without another side has all its steps at its own."""
        side = case.other_side_id if step.who.at in OTHER_SIDE and case.other_side_id else case.organization_id
        return side if step.who.at in {"here", "other_side"} else self._above.get(side, side)

    @cached_property
    def _above(self) -> dict[int, int]:
        paths = register(Organization).order_by().filter(pk__in=self._here).values_list("pk", "path")
        lines = {pk: [int(part) for part in path.strip("/").split("/")][-2::-1] for pk, path in paths}
        over = {pk for line in lines.values() for pk in line}
        committees = set(register(Organization).order_by().filter(pk__in=over, kind=Kind.COMMITTEE).values_list("pk", flat=True))
        nearest = {pk: next((one for one in line if one in committees), None) for pk, line in lines.items()}
        return {pk: above for pk, above in nearest.items() if above is not None}


def known_days(cases: Iterable[ProcedureCase]) -> Mapping[int, Known]:
    """The days that the apps know of the subjects of cases, by case: one question of the app for each day."""
    found: dict[int, dict[str, dt.date]] = {}
    by_procedure: dict[str, list[ProcedureCase]] = {}
    for case in cases:
        by_procedure.setdefault(case.procedure, []).append(case)
    for code, of_it in by_procedure.items():
        for name, known in offer_of(code).days.items():
            days = known([case.subject_id for case in of_it])
            for case in of_it:
                if case.subject_id in days:
                    found.setdefault(case.pk, {})[name] = days[case.subject_id]
    return found


def found_by_title(text: str) -> Q:
    """The condition for what a case is called: a part of it, its pinyin or initials."""
    return Q(title__icontains=text) | Q(search_key__icontains=text.lower().replace(" ", ""))


def side_of(step: Step, case: ProcedureCase) -> Organization:
    """The organisation whose people and groups are meant at a step."""
    return case.other_side if step.who.at in OTHER_SIDE and case.other_side else case.organization


def case_of_other_side(actor: Visitor, pk: int) -> ProcedureCase | None:
    """A case for whoever may see such cases on its other side; ``None`` if there is none of this number, or it has none there."""
    rows = register(ProcedureCase).select_related("organization", "other_side", "account")
    case: ProcedureCase | None = rows.filter(pk=pk).first()
    is_there = case and case.other_side and actor.may(offer_of(case.procedure).procedure.view, case.other_side)
    return case if is_there else None


def step_of_other_side(actor: Visitor, pk: int) -> CaseStep | None:
    """A step of a case, as ``case_of_other_side``."""
    row: CaseStep | None = register(CaseStep).select_related("place").filter(pk=pk).first()
    case = case_of_other_side(actor, row.case_id) if row else None
    if row is None or case is None:
        return None
    row.case = case
    return row


def paper_of_other_side(actor: Visitor, pk: int) -> CasePaper | None:
    """A paper of a case, as ``case_of_other_side``."""
    paper: CasePaper | None = register(CasePaper).filter(pk=pk).first()
    return paper if paper and step_of_other_side(actor, paper.step_id) else None


def cases_seen(actor: Visitor, procedure: Procedure) -> QuerySet[ProcedureCase]:
    """Cases of a procedure of which the actor sees either side."""
    rows: QuerySet[ProcedureCase] = ProcedureCase.objects.all()
    if procedure.has_two_sides:
        rows = either(ProcedureCase, actor.scope_of(procedure.view), "organization__", "other_side__")
    return rows.filter(procedure=procedure.code)


def open_step(case: ProcedureCase, code: str) -> CaseStep | None:
    """The open step of this code, if the case has one; whether it may be shown is for the caller to say."""
    rows: QuerySet[CaseStep] = register(CaseStep).select_related("place")
    return rows.filter(case=case, code=code, state=StepState.OPEN).first()


def last_step(case: ProcedureCase, code: str) -> CaseStep | None:
    """The step of this code as it came last, in whatever state; whether it may be shown is for the caller to say."""
    rows: QuerySet[CaseStep] = register(CaseStep).select_related("place", "taken_by")
    return rows.filter(case=case, code=code).order_by("pk").last()


def open_steps(*cases: ProcedureCase) -> QuerySet[CaseStep]:
    """The open steps of cases, the earliest first; whether they may be shown is for the caller to say."""
    rows: QuerySet[CaseStep] = register(CaseStep).filter(case__in=[case.pk for case in cases], state=StepState.OPEN)
    return rows.select_related("case", "place", "person").order_by("opens_on", "pk")


def running_for(track: str, subject_id: int) -> ProcedureCase | None:
    """The case of a track that is open for a subject, wherever it is; whether it may be shown is for the caller to say."""
    rows: QuerySet[ProcedureCase] = register(ProcedureCase).filter(track=track, subject_id=subject_id, state=CaseState.OPEN)
    return rows.select_related("organization", "other_side").first() if subject_id else None


def full_members(organization: Organization | None) -> list[Member]:
    """Full members of the branch of ``organization``, by name."""
    if organization is None:
        return []
    rows: QuerySet[Member] = register(Member).filter(branch=organization.branch(), category=Category.FULL)
    return list(rows.filter(standing=Standing.NORMAL).order_by("name_sort", "pk"))


def branches_there() -> QuerySet[Organization]:
    """Where somebody can go: every standing branch. Their names are known to everybody on the platform."""
    rows: QuerySet[Organization] = register(Organization).filter(kind=Kind.BRANCH, dissolved_on=None)
    return rows


def members_for(actor: Visitor, one: Procedure) -> QuerySet[Member]:
    """Members about whom the actor may begin a case, never themselves: where they hold the right to its first step.

    What the committee above begins they begin of all whose cases they see; the right is asked again of each.
    """
    first = one.on(clock.today()).steps[0]
    there = actor.scope_of(first.who.permission if first.who.at == "here" else one.view)
    rows: QuerySet[Member] = register(Member).filter(there.q("branch__"), standing__in=one.members.standings)
    wanted = {"full": Category.FULL, "probationary": Category.PROBATIONARY}.get(one.members.category)
    rows = rows.filter(category=wanted) if wanted else rows
    return rows.exclude(user_id=actor.user_id) if actor.user_id else rows


def begins_somewhere(actor: Visitor, one: Procedure) -> bool:
    """Whether the actor holds the right to the first step where cases about members begin: at a branch, or at a committee."""
    first = one.on(clock.today()).steps[0]
    kind = Kind.COMMITTEE if first.who.at == "committee_above" else Kind.BRANCH
    there = actor.scope_of(first.who.permission).q("")
    return bool(first.who.permission) and register(Organization).filter(there, kind=kind, dissolved_on=None).exists()


def cases_about(member: Member) -> QuerySet[ProcedureCase]:
    """Cases about a member, the open ones first; whether one may be shown is for the caller to say."""
    codes = [offer.code for offer in offers(ProcedureOffer) if offer.procedure.about == "member"]
    rows: QuerySet[ProcedureCase] = register(ProcedureCase).filter(procedure__in=codes, subject_id=member.pk)
    return rows.select_related("organization", "other_side").order_by(
        Choose(When(state=CaseState.OPEN, then=0), default=1), "-started_on", "-pk"
    )


def groups_of(organization: Organization | None) -> list[Organization]:
    """The standing groups of ``organization``."""
    if organization is None:
        return []
    rows: QuerySet[Organization] = register(Organization).filter(parent=organization, kind=Kind.GROUP, dissolved_on=None)
    return list(rows.order_by("path"))


def names_of(member_ids: Iterable[int]) -> Mapping[int, str]:
    """What members are called, by their numbers."""
    return dict(register(Member).filter(pk__in=list(member_ids)).values_list("pk", "name"))


def names_of_accounts(user_ids: Collection[int]) -> list[str]:
    """What the holders of accounts are called, in the order in which they are named."""
    named = dict(User.objects.filter(pk__in=user_ids).values_list("pk", "name"))
    return [named[pk] for pk in user_ids if pk in named]


def case_of_named(pk: int, user_id: int) -> ProcedureCase | None:
    """A case for which the app names the account; ``None`` if there is none of this number, or it names others."""
    case: ProcedureCase | None = register(ProcedureCase).select_related("organization", "account").filter(pk=pk).first()
    return case if case and is_named(case, user_id) else None


def step_of_named(pk: int, user_id: int) -> CaseStep | None:
    """A step of a case for which the app names the account, as ``case_of_named``."""
    row: CaseStep | None = register(CaseStep).select_related("case__organization", "place").filter(pk=pk).first()
    return row if row and is_named(row.case, user_id) else None


def paper_of_named(pk: int, user_id: int) -> CasePaper | None:
    """A paper of a case for which the app names the account, as ``case_of_named``."""
    paper: CasePaper | None = register(CasePaper).select_related("step__case").filter(pk=pk).first()
    return paper if paper and is_named(paper.step.case, user_id) else None


def is_named(case: ProcedureCase, user_id: int | None) -> bool:
    """Whether the app names the account for some step of the case."""
    return any(
        user_id in people([case.subject_id]).get(case.subject_id, ()) for people in offer_of(case.procedure).people.values()
    )


def name_of_group(pk: int) -> str:
    """What a group is called."""
    return register(Organization).filter(pk=pk).values_list("name", flat=True).first() or ""


def taken_steps(case: ProcedureCase) -> QuerySet[CaseStep]:
    """The steps of a case that count; whether they may be shown is for the caller to say."""
    rows: QuerySet[CaseStep] = register(CaseStep).filter(case=case, state=StepState.TAKEN)
    return rows


def taken_of(cases: Iterable[ProcedureCase]) -> Mapping[int, list[Taken]]:
    """The steps of cases that count, by case, in the order in which they were done."""
    found: dict[int, list[Taken]] = {case.pk: [] for case in cases}
    rows = CaseStep.objects.filter(case_id__in=list(found), state=StepState.TAKEN).order_by("taken_on", "taken_at", "pk")
    for case_id, code, number, day, outcome in rows.values_list("case_id", "code", "round", "taken_on", "outcome"):
        if day:  # the table allows none without
            found[case_id].append(Taken(code, number, day, outcome))
    return found


SOON_DAYS = 30
"""So many days before its last one a step that comes back is named among those that are next."""


def next_titles(code: str, case_ids: Collection[int]) -> Mapping[int, str]:
    """What moves cases on that may be shown, of one procedure, by case: 组织派人谈话、指定培养联系人. One question.

    What comes back, such as a review, is named with its last day when that is near, or the nearest of all: what a list says to be
    the last day has its step beside it. Where nothing can be done yet, it is said what will be next, and from which day.
    """
    known, today = offer_of(code).procedure, clock.today()
    rows = register(CaseStep).filter(case__in=case_ids, state=StepState.OPEN).order_by("opens_on", "pk")
    waiting: dict[int, list[tuple[Step, dt.date, dt.date | None]]] = {}
    for case_id, step_code, opens_on, due_on in rows.values_list("case_id", "code", "opens_on", "due_on"):
        step = known.step(step_code, today)
        if step and step.is_asked_for:
            waiting.setdefault(case_id, []).append((step, opens_on, due_on))
    return {case_id: "、".join(_next_of(steps, today)) for case_id, steps in waiting.items()}


def _next_of(steps: Sequence[tuple[Step, dt.date, dt.date | None]], today: dt.date) -> list[str]:
    """Those of one case, of which each has its first and its last day; what lies ahead is named if nothing is to be done now."""
    soon = max(today + dt.timedelta(days=SOON_DAYS), min((due_on for _, _, due_on in steps if due_on), default=today))
    holding = [(step, opens_on) for step, opens_on, _ in steps if not step.repeats]
    now = [step.title for step, opens_on in holding if opens_on <= today]
    again = [
        f"{step.title}（{words.near_day(due_on)}前）"
        for step, opens_on, due_on in steps
        if step.repeats and opens_on <= today and due_on and due_on <= soon
    ]
    ahead = [f"{step.title}（{words.near_day(opens_on)}起）" for step, opens_on in holding if opens_on > today]
    is_late = any(due_on < today for step, _, due_on in steps if step.repeats and due_on)
    return [*now, *again, *([] if now or is_late else ahead[:1])]


def taken_in(case_ids: Collection[int], codes: Collection[str]) -> QuerySet[CaseStep]:
    """Steps with these codes that were taken in cases whose reader has been found already, the earlier first."""
    rows: QuerySet[CaseStep] = register(CaseStep).filter(case__in=case_ids, state=StepState.TAKEN, code__in=codes)
    return rows.order_by("taken_at", "pk")


def for_many(actor: Visitor, procedure: Procedure) -> QuerySet[CaseStep]:
    """Open steps for many cases that are the actor's to take today as the office, such as reviews.

    On whichever side of a case they are; never in their own case, nor after a step of which the taker may not take this one too.
    """
    today = clock.today()
    whose = Q(pk__in=())
    for step in procedure.on(today).steps:
        if step.is_for_many:
            mine = Q(code=step.code) & actor.scope_of(step.who.permission).q("place__")
            if step.who.not_by and actor.user_id:
                before = register(CaseStep).filter(state=StepState.TAKEN, code__in=step.who.not_by)
                mine &= Q(~Exists(before.filter(case=OuterRef("case"), taken_by=actor.user_id)))
            whose |= mine
    seen = either(CaseStep, actor.scope_of(procedure.view), "case__organization__", "case__other_side__")
    rows: QuerySet[CaseStep] = seen.filter(
        whose, state=StepState.OPEN, case__procedure=procedure.code, case__state=CaseState.OPEN, opens_on__lte=today
    )
    rows = rows.exclude(case__account=actor.user_id) if actor.user_id else rows
    rows = rows.select_related("case__organization", "case__other_side", "place")
    return rows.order_by(F("due_on").asc(nulls_last=True), "case__title_sort", "pk")


def open_of(procedure: Procedure, turn: Turn) -> QuerySet[CaseStep]:
    """Open steps of a procedure's running cases that are somebody's turn, each with ``duty_title``: 张三：党组织派人谈话."""
    steps = [step for step in procedure.all_steps if step.who.turn == turn and step.is_asked_for]
    title = Choose(*(When(code=step.code, then=Value(step.title)) for step in steps), default=Value(""), output_field=CharField())
    rows: QuerySet[CaseStep] = CaseStep.objects.filter(
        state=StepState.OPEN,
        case__state=CaseState.OPEN,
        case__procedure=procedure.code,
        code__in=[step.code for step in steps],
    )
    return rows.annotate(duty_title=Concat(F("case__title"), Value("："), title, output_field=CharField()))


def first_place(procedure: Procedure, organization: Organization) -> Organization:
    """Where the office takes the first step of a case that begins at an organisation: there, or at the committee above it."""
    is_above = procedure.on(clock.today()).steps[0].who.at == "committee_above"
    return (committee_above(organization) if is_above else None) or organization


def committee_above(organization: Organization) -> Organization | None:
    """The nearest committee over an organisation; ``None`` for the uppermost one."""
    over = [int(part) for part in organization.path.strip("/").split("/")][:-1]
    rows: QuerySet[Organization] = register(Organization).filter(pk__in=over, kind=Kind.COMMITTEE)
    return rows.order_by("-path").first()


def decided_at(organization: Organization) -> list[CaseStep]:
    """Open steps whose turn it is at an organisation and which meetings decide, the earliest last day first.

    Wherever their cases are; whether they may be shown is for the caller to say.
    """
    by_vote = Q(pk__in=())
    for offer in offers(ProcedureOffer):
        steps = [step.code for step in offer.procedure.all_steps if step.meeting]
        by_vote |= Q(case__procedure=offer.code, code__in=steps)
    rows = register(CaseStep).filter(by_vote, place=organization, state=StepState.OPEN, case__state=CaseState.OPEN)
    return list(rows.select_related("case__organization", "place").order_by(F("due_on").asc(nulls_last=True), "opens_on", "pk"))
