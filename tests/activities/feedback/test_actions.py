"""Feedback is written to one's own organisations, answered by others in time, and read by nobody else."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dangjian.accounts.models import Event, User
from dangjian.activities.feedback import actions, queries
from dangjian.activities.feedback.models import Feedback, FeedbackStep, State
from dangjian.engines.notifications.models import Notification
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.org import roles
from dangjian.org.actions import tree
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization, PostKind
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = pytest.mark.django_db


@dataclass
class Place:
    committee: Organization
    general_branch: Organization
    branch: Organization
    author: GrantedActor
    secretary: GrantedActor
    deputy: GrantedActor
    office: GrantedActor

    def write(self, organization: Organization | None = None, **more: str) -> Feedback:
        texts = {"kind": "trouble", "title": "虚构问题", "text": "虚构的情况"} | more
        return actions.write(actor=self.author, organization=organization or self.branch, **texts)


@pytest.fixture
def place() -> Iterator[Place]:
    with unscoped("test"):
        committee = make.committee(name="虚构公司党委")
        general_branch = make.general_branch(committee, name="虚构总支")
        branch = make.branch(general_branch, name="虚构支部")
        author, secretary, deputy = (make.member(branch, with_user=True).user for _ in range(3))
        assert author
        assert secretary
        assert deputy
        make.post(branch, PostKind.SECRETARY, secretary)
        make.post(branch, PostKind.DEPUTY_SECRETARY, deputy)
        office = make.grant(committee, roles.PARTY_OFFICE).user
        people = [GrantedActor(user) for user in (author, secretary, deputy, office)]
        yield Place(committee, general_branch, branch, *people)


def messages_of(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user, topic="feedback").values_list("title", flat=True))


def late(feedback: Feedback) -> None:
    Feedback.objects.filter(pk=feedback.pk).update(due_on=clock.today() - dt.timedelta(days=1))


def test_one_writes_to_ones_own_organisations_where_somebody_answers(place: Place) -> None:
    assert queries.addressees(place.author.user_id) == [place.branch, place.committee]


def test_whoever_is_the_only_one_to_answer_writes_to_the_level_above(place: Place) -> None:
    other = make.branch(place.general_branch, name="虚构二支部")
    alone = make.member(other, with_user=True).user
    assert alone
    make.post(other, PostKind.SECRETARY, alone)
    assert queries.addressees(alone.pk) == [place.committee]


def test_an_account_that_belongs_nowhere_writes_to_the_first_organisation(place: Place) -> None:
    assert queries.addressees(make.user().pk) == [place.committee]


def test_it_is_to_be_answered_in_fifteen_days_and_those_who_may_are_told(place: Place) -> None:
    feedback = place.write()
    assert feedback.due_on == clock.today() + dt.timedelta(days=15)
    assert messages_of(place.secretary.user) == messages_of(place.deputy.user) == ["新的使用问题：虚构问题"]
    assert messages_of(place.author.user) == messages_of(place.office.user) == []


def test_the_texts_are_encrypted_and_stand_in_no_message_and_no_event(place: Place) -> None:
    feedback = place.write(text="很私密的情况")
    actions.answer(actor=place.secretary, feedback=feedback, text="很私密的答复")
    kept = [*Feedback.objects.values_list("text", flat=True), *FeedbackStep.objects.values_list("text", flat=True)]
    assert not any("私密" in str(text) for text in kept)
    assert not Notification.objects.filter(body__contains="私密").exists()
    assert not any("私密" in f"{event.summary}{event.data}" for event in Event.objects.all())


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 61}, "title"),
        ({"text": ""}, "text"),
        ({"text": "长" * 2001}, "text"),
        ({"kind": "praise"}, "kind"),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_written(place: Place, texts: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        place.write(**texts)
    assert field in refusal.value.fields
    assert not Feedback.objects.exists()


def test_nobody_writes_to_an_organisation_of_others(place: Place) -> None:
    other = make.branch(place.general_branch)
    make.post(other, PostKind.SECRETARY, make.user())
    with pytest.raises(Invalid):
        place.write(other)


def test_twenty_may_wait_at_a_time(place: Place) -> None:
    for _ in range(actions.MOST_OPEN):
        feedback = place.write()
    with pytest.raises(Conflict, match="20条没有得到答复"):
        place.write()
    actions.answer(actor=place.secretary, feedback=feedback, text="好")
    place.write()


def test_it_is_taken_answered_and_the_author_told(place: Place) -> None:
    feedback = place.write()
    actions.assign(actor=place.secretary, feedback=feedback, user_id=place.deputy.user_id)
    actions.answer(actor=place.deputy, feedback=feedback, text="已经改好")
    feedback.refresh_from_db()
    assert (feedback.state, feedback.owner_id, feedback.answered_at) == (State.ANSWERED, place.deputy.user_id, clock.now())
    assert [step.step for step in queries.steps(feedback)] == ["taken", "answered"]
    assert messages_of(place.author.user) == ["已答复：虚构问题"]


def test_what_was_taken_waits_only_for_whoever_took_it(place: Place) -> None:
    feedback = place.write()
    assert Feedback.objects.for_handler(place.secretary.user_id).exists()
    actions.assign(actor=place.secretary, feedback=feedback, user_id=place.deputy.user_id)
    assert not Feedback.objects.for_handler(place.secretary.user_id).exists()
    assert Feedback.objects.for_handler(place.deputy.user_id).exists()


def test_nobody_answers_takes_or_hands_on_their_own(place: Place) -> None:
    feedback = actions.write(actor=place.secretary, organization=place.branch, kind="suggestion", title="虚构建议", text="虚构")
    before = Event.objects.count()
    for attempt in (
        lambda: actions.answer(actor=place.secretary, feedback=feedback, text="自己答复"),
        lambda: actions.assign(actor=place.secretary, feedback=feedback, user_id=place.deputy.user_id),
        lambda: actions.pass_on(actor=place.secretary, feedback=feedback, organization=place.committee, note="转"),
    ):
        with pytest.raises(PermissionDenied, match="您本人提出"):
            attempt()
    assert (Event.objects.count(), FeedbackStep.objects.count()) == (before, 0)
    assert place.secretary.user_id not in queries.handlers(feedback)
    assert not Feedback.objects.for_handler(place.secretary.user_id).exists()


@pytest.mark.parametrize("who", ["author", "office"])
def test_only_officers_of_the_organisation_itself_answer(place: Place, who: str) -> None:
    feedback = place.write()
    with pytest.raises((PermissionDenied, NotFound)):
        actions.answer(actor=getattr(place, who), feedback=feedback, text="答复")
    feedback.refresh_from_db()
    assert feedback.is_open


def test_what_is_handed_on_keeps_its_last_day_and_waits_there_for_anybody(place: Place) -> None:
    feedback = place.write()
    due_on = feedback.due_on
    actions.assign(actor=place.secretary, feedback=feedback, user_id=place.secretary.user_id)
    actions.pass_on(actor=place.secretary, feedback=feedback, organization=place.committee, note="属于公司的职责")
    feedback.refresh_from_db()
    assert (feedback.organization, feedback.owner_id, feedback.due_on) == (place.committee, None, due_on)
    assert messages_of(place.office.user) == ["转来的使用问题：虚构问题"]
    assert messages_of(place.author.user) == ["已转交“虚构公司党委”：虚构问题"]
    actions.answer(actor=place.office, feedback=feedback, text="已办")
    with pytest.raises((PermissionDenied, NotFound)):
        actions.answer(actor=place.secretary, feedback=feedback, text="还想说")


def test_it_is_not_handed_on_to_where_nobody_answers(place: Place) -> None:
    feedback = place.write()
    with pytest.raises(Invalid):
        actions.pass_on(actor=place.secretary, feedback=feedback, organization=place.general_branch, note="转")
    with pytest.raises(Invalid, match="为什么转交"):
        actions.pass_on(actor=place.secretary, feedback=feedback, organization=place.committee, note=" ")
    feedback.refresh_from_db()
    assert feedback.organization == place.branch


def test_saying_more_opens_what_was_answered_again(place: Place) -> None:
    feedback = place.write()
    actions.answer(actor=place.secretary, feedback=feedback, text="已办")
    actions.add(actor=place.author, feedback=feedback, text="没有办好")
    feedback.refresh_from_db()
    assert (feedback.state, feedback.answered_at, feedback.owner_id) == (State.OPEN, None, place.secretary.user_id)
    assert messages_of(place.secretary.user)[0] == "有补充：虚构问题"


def test_one_takes_back_what_nobody_has_answered_and_only_ones_own(place: Place) -> None:
    feedback = place.write()
    with pytest.raises(NotFound):
        actions.withdraw(actor=place.deputy, feedback=feedback)
    actions.withdraw(actor=place.author, feedback=feedback)
    for attempt in (
        lambda: actions.withdraw(actor=place.author, feedback=feedback),
        lambda: actions.add(actor=place.author, feedback=feedback, text="又想说"),
        lambda: actions.answer(actor=place.secretary, feedback=feedback, text="答复"),
    ):
        with pytest.raises(Conflict):
            attempt()


def test_after_the_last_day_the_author_turns_to_the_level_above(place: Place) -> None:
    feedback = place.write()
    with pytest.raises(Conflict, match="还没有到答复期限"):
        actions.turn_to_superior(actor=place.author, feedback=feedback)
    late(feedback)
    assert actions.turn_to_superior(actor=place.author, feedback=feedback) == place.committee
    feedback.refresh_from_db()
    assert (feedback.organization, feedback.due_on) == (place.committee, clock.today() + dt.timedelta(days=15))
    late(feedback)
    with pytest.raises(Conflict, match="上级没有可以办理的人"):
        actions.turn_to_superior(actor=place.author, feedback=feedback)


def test_where_nobody_is_left_to_answer_one_need_not_wait(place: Place) -> None:
    feedback = place.write(place.committee)
    place.office.user.is_active = False
    place.office.user.save()
    assert queries.may_raise(feedback)


def test_the_digest_speaks_of_what_is_due_soon_to_whoever_may_answer(place: Place) -> None:
    feedback = place.write()
    users = [place.author.user_id, place.secretary.user_id, place.deputy.user_id, place.office.user_id]
    assert queries.digest_lines(users, clock.today()) == {}
    soon = feedback.due_on - dt.timedelta(days=3)
    assert queries.digest_lines(users, soon).keys() == {place.secretary.user_id, place.deputy.user_id}
    actions.assign(actor=place.secretary, feedback=feedback, user_id=place.secretary.user_id)
    found = queries.digest_lines(users, feedback.due_on + dt.timedelta(days=1))
    assert found.keys() == {place.secretary.user_id}
    assert found[place.secretary.user_id][0].urgent


def test_an_organisation_is_not_dissolved_while_its_people_wait_for_an_answer(place: Place) -> None:
    feedback = place.write()
    assert "1条意见建议没有答复" in queries.unanswered(place.branch, clock.today())
    with pytest.raises(Conflict, match="意见建议"):
        tree.dissolve(actor=make.SYSTEM, organization=place.branch, effective_on=clock.today())
    actions.withdraw(actor=place.author, feedback=feedback)
    assert queries.unanswered(place.branch, clock.today()) == ""
