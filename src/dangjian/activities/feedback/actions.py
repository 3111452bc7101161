"""Writing feedback, handing it on, answering it.

Whoever wrote it reads every step. Nobody answers, takes or hands on what they wrote themselves.
"""

from collections.abc import Collection

from django.db import transaction
from django.urls import reverse

from dangjian.accounts.events import EventsOf
from dangjian.activities.feedback.models import Feedback, FeedbackStep, Kind, State, Step
from dangjian.activities.feedback.policy import answered_by
from dangjian.activities.feedback.queries import ANSWER, addressees, handlers, may_raise, passed_to, written_by
from dangjian.engines.notifications.actions import notify
from dangjian.kernel import clock
from dangjian.kernel.actor import Visitor, require_another
from dangjian.kernel.errors import Conflict, Invalid, NotFound
from dangjian.org.models import Organization
from dangjian.org.openings import inside, locked

LONGEST = 2000
LONGEST_TITLE = 60
MOST_OPEN = 20
"""So many of one person wait for an answer at a time; they can add to each of them."""


NOTES = EventsOf[Feedback](words=lambda feedback, done: f"{feedback.get_kind_display()}“{feedback.title}”：{done}")


@transaction.atomic
def write(*, actor: Visitor, organization: Organization, kind: str, title: str, text: str) -> Feedback:
    """Somebody writes to their own organisation or to one above it. Whoever answers there is told.

    Raises ``Invalid`` for an organisation that they cannot write to, ``Conflict`` if ``MOST_OPEN`` of theirs wait already.
    """
    if organization not in addressees(actor.user_id):
        raise Invalid("不能提给这个党组织，请从列表中选择。", fields={"organization": "请从列表中选择"})
    if kind not in Kind:
        raise Invalid("请选择类型。", fields={"kind": "请选择类型"})
    title = _text(title, "title", "请用一句话写明是什么事", LONGEST_TITLE)
    text = _text(text, "text", "请写明情况和您的想法", LONGEST)
    if written_by(actor.user_id).filter(state=State.OPEN).count() >= MOST_OPEN:
        raise Conflict(f"您已有{MOST_OPEN}条没有得到答复。", how="可以在原来的里面补充，或者先撤回不需要的。")
    with inside(organization):
        feedback: Feedback = Feedback.objects.create(
            organization=organization,
            kind=kind,
            title=title,
            text=text,
            author_id=actor.user_id,
            due_on=answered_by(clock.today()),
        )
    NOTES.record(actor, feedback, "feedback.written", "提出")
    _tell(actor, feedback, handlers(feedback), f"新的{feedback.get_kind_display()}：{feedback.title}")
    return feedback


@transaction.atomic
def add(*, actor: Visitor, feedback: Feedback, text: str) -> None:
    """The author says more. What was answered already is open again, with a new last day."""
    feedback = locked(feedback, "organization", check=lambda row: require_adding(actor, row))
    text = _text(text, "text", "请写明要补充的内容", LONGEST)
    if not feedback.is_open:
        feedback.state, feedback.answered_at, feedback.due_on = State.OPEN, None, answered_by(clock.today())
        _save(feedback)
    _step(actor, feedback, Step.ADDED, text)
    NOTES.record(actor, feedback, "feedback.added", "补充")
    _tell(actor, feedback, _concerned(feedback), f"有补充：{feedback.title}")


@transaction.atomic
def withdraw(*, actor: Visitor, feedback: Feedback) -> None:
    """The author takes back what nobody has answered yet."""
    feedback = locked(feedback, "organization", check=lambda row: require_withdrawing(actor, row))
    feedback.state = State.WITHDRAWN
    _save(feedback)
    _step(actor, feedback, Step.WITHDRAWN, "")
    NOTES.record(actor, feedback, "feedback.withdrawn", "撤回")


@transaction.atomic
def turn_to_superior(*, actor: Visitor, feedback: Feedback) -> Organization:
    """The author turns to the next level above, because the last day has passed or nobody is left there who could answer.

    Returns that organisation. Raises ``Conflict`` before the last day, and where no level above has anybody.
    """
    feedback = locked(feedback, "organization", check=lambda row: require_turning(actor, row))
    place = max(_above(feedback), key=lambda one: len(one.path))
    _move(actor, feedback, place, "超过期限没有答复，请上级办理。")
    feedback.due_on = answered_by(clock.today())
    _save(feedback)
    return place


@transaction.atomic
def assign(*, actor: Visitor, feedback: Feedback, user_id: int) -> str:
    """Say which of those who may answer does so, oneself or another; returns the name."""
    feedback = _handled(actor, feedback)
    name = handlers(feedback).get(user_id)
    if name is None:
        raise Invalid("请从列表中选择办理人。", fields={"user_id": "请从列表中选择"})
    if feedback.owner_id == user_id:
        raise Conflict(f"已经由{name}办理。")
    feedback.owner_id = user_id
    _save(feedback)
    _step(actor, feedback, Step.TAKEN, f"由{name}办理")
    NOTES.record(actor, feedback, "feedback.assigned", f"由{name}办理")
    _tell(actor, feedback, {user_id}, f"请您办理：{feedback.title}")
    return name


@transaction.atomic
def pass_on(*, actor: Visitor, feedback: Feedback, organization: Organization, note: str) -> None:
    """Hand it on to an organisation that can do something about it. The last day stays."""
    feedback = _handled(actor, feedback)
    if organization not in passed_to(feedback):
        raise Invalid("不能转交给这个党组织，请从列表中选择。", fields={"organization": "请从列表中选择"})
    note = _text(note, "note", "请写明为什么转交，提出人会看到", 200)
    _move(actor, feedback, organization, note)
    _save(feedback)
    _tell(actor, feedback, {feedback.author_id}, f"已转交“{organization}”：{feedback.title}", author=True)


@transaction.atomic
def answer(*, actor: Visitor, feedback: Feedback, text: str) -> None:
    """Answer it. Whoever wrote it is told, and may say more."""
    feedback = _handled(actor, feedback)
    text = _text(text, "text", "请写明答复的内容", LONGEST)
    feedback.state, feedback.answered_at = State.ANSWERED, clock.now()
    feedback.owner_id = actor.user_id
    _save(feedback)
    _step(actor, feedback, Step.ANSWERED, text)
    NOTES.record(actor, feedback, "feedback.answered", "答复")
    _tell(actor, feedback, {feedback.author_id}, f"已答复：{feedback.title}", author=True)


def _move(actor: Visitor, feedback: Feedback, place: Organization, note: str) -> None:
    """To another organisation, where nobody has taken it yet. The caller saves."""
    feedback.organization, feedback.owner_id = place, None
    _step(actor, feedback, Step.PASSED, f"转交“{place}”：{note}")
    NOTES.record(actor, feedback, "feedback.passed_on", f"转交“{place}”")
    _tell(actor, feedback, handlers(feedback), f"转来的{feedback.get_kind_display()}：{feedback.title}")


def _handled(actor: Visitor, feedback: Feedback) -> Feedback:
    """The row, held, open, and the actor's to handle."""
    return locked(feedback, "organization", check=lambda row: require_handling(actor, row))


def require_handling(actor: Visitor, feedback: Feedback) -> None:
    """Raise unless the actor may answer it now, or say who does: what waits where they answer, and is not their own."""
    actor.require(ANSWER, feedback.organization)
    require_another(actor, feedback.author_id, "这是您本人提出的，不能由您自己办理。")
    _require_open(feedback)


def require_adding(actor: Visitor, feedback: Feedback) -> None:
    """Raise unless the actor may say more now: the author, until it was taken back."""
    _require_author(actor, feedback)
    if feedback.state == State.WITHDRAWN:
        raise Conflict("这一条已经撤回，不能再补充。", how="请另写一条。")


def require_withdrawing(actor: Visitor, feedback: Feedback) -> None:
    """Raise unless the actor may take it back now: the author, until it is answered."""
    _require_author(actor, feedback)
    _require_open(feedback)


def require_turning(actor: Visitor, feedback: Feedback) -> None:
    """Raise unless the actor may turn to the level above now: the author, once nobody has answered in time."""
    _require_author(actor, feedback)
    _require_open(feedback)
    if not may_raise(feedback):
        raise Conflict("还没有到答复期限，请再等一等。", how="有新的情况可以补充。")
    if not _above(feedback):
        raise Conflict("上级没有可以办理的人。", how="请向党务工作人员当面反映。")


def _above(feedback: Feedback) -> list[Organization]:
    """The levels above where somebody answers."""
    return [one for one in passed_to(feedback) if feedback.organization.path.startswith(one.path)]


def _require_author(actor: Visitor, feedback: Feedback) -> None:
    if feedback.author_id != actor.user_id:
        raise NotFound


def _require_open(feedback: Feedback) -> None:
    if not feedback.is_open:
        raise Conflict(f"这一条{feedback.get_state_display()}，不需要再办理。")


def _text(text: str, field: str, missing: str, longest: int) -> str:
    text = text.strip()
    if not text:
        raise Invalid(f"{missing}。", fields={field: missing})
    if len(text) > longest:
        raise Invalid("写得太长了。", fields={field: f"最多{longest}个字，现在是{len(text)}个字"})
    return text


def _save(feedback: Feedback) -> None:
    with inside(feedback.organization):
        feedback.save()


def _step(actor: Visitor, feedback: Feedback, step: str, text: str) -> None:
    with inside(feedback.organization):
        FeedbackStep.objects.create(feedback=feedback, step=step, text=text, by_id=actor.user_id)


def _concerned(feedback: Feedback) -> Collection[int]:
    """Whoever has taken it, or all who may answer."""
    return {feedback.owner_id} if feedback.owner_id else handlers(feedback).keys()


def _tell(actor: Visitor, feedback: Feedback, user_ids: Collection[int], title: str, *, author: bool = False) -> None:
    """A message without what was written: that is read only on the page."""
    page = "feedback:own" if author else "feedback:case"
    url = reverse(page, args=[feedback.pk])
    notify(actor=actor, user_ids=user_ids, title=title, url=url, topic="feedback", organization=feedback.organization)
