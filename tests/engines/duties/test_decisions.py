"""What people decide: reassigning, excusing, local duties, confirmations. Each refusal leaves everything as it was."""

import datetime as dt
import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from dangjian.accounts.models import Event
from dangjian.engines.duties import actions
from dangjian.engines.duties.models import Duty, DutyConfirmation, LocalDuty, State
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.org.models import Post
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.duties.build import current, duties, held, on, refreshed

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]


@pytest.fixture
def world() -> SimpleNamespace:
    top = make.committee(name="虚构集团党委")
    general = make.general_branch(top)
    branch, other = make.branch(general), make.branch(general)
    office = make.actor(make.grant(top, "party_office").user)
    superior = make.actor(make.post(general).user)
    secretary = make.actor(make.post(branch).user)
    deputy = make.post(branch, "deputy_secretary").user
    member = make.member(branch, with_user=True)
    refreshed()
    return SimpleNamespace(
        top=top,
        general=general,
        branch=branch,
        other=other,
        office=office,
        superior=superior,
        secretary=secretary,
        deputy=deputy,
        member=member,
        duty=current("theme_day", branch),
    )


def _again(duty: Duty) -> Duty:
    with unscoped("test"):
        return Duty.objects.select_related("organization__parent", "responsible", "local_duty__organization").get(pk=duty.pk)


def test_reassigning_holds_until_it_is_handed_back(world: SimpleNamespace) -> None:
    with unscoped("test"):
        assert actions.reassign(actor=world.office, duties=[_again(world.duty)], to=world.deputy, note="书记出差") == 1
    refreshed()
    now = _again(world.duty)
    assert (now.responsible, now.reassigned) == (world.deputy, True)
    event = Event.objects.filter(verb="duties.reassigned").get()
    assert "书记出差" in event.summary
    assert event.subject_id == world.duty.pk
    with unscoped("test"):
        actions.hand_back(actor=world.office, duty=now)
    assert _again(world.duty).responsible_id == world.secretary.user_id


def test_a_reassigned_person_who_leaves_is_replaced(world: SimpleNamespace) -> None:
    with unscoped("test"):
        actions.reassign(actor=world.office, duties=[_again(world.duty)], to=world.deputy)
    world.deputy.is_active = False
    world.deputy.save()
    refreshed()
    assert _again(world.duty).responsible_id == world.secretary.user_id


@pytest.mark.parametrize("who", ["stranger", "member_elsewhere"])
def test_nobody_from_elsewhere_gets_a_duty(world: SimpleNamespace, who: str) -> None:
    person = make.user() if who == "stranger" else make.member(world.other, with_user=True).user
    with unscoped("test"), pytest.raises(Invalid):
        actions.reassign(actor=world.office, duties=[_again(world.duty)], to=person)
    assert _again(world.duty).responsible_id == world.secretary.user_id
    assert not Event.objects.filter(verb="duties.reassigned").exists()


def test_a_member_of_the_branch_may_be_given_a_duty(world: SimpleNamespace) -> None:
    with unscoped("test"):
        actions.reassign(actor=world.secretary, duties=[_again(world.duty)], to=world.member.user)
    assert _again(world.duty).responsible == world.member.user


def test_reassigning_needs_the_permission_there(world: SimpleNamespace) -> None:
    stranger = make.actor(make.grant(world.other, "secretary").user)
    with unscoped("test"), pytest.raises(NotFound):
        actions.reassign(actor=stranger, duties=[_again(world.duty)], to=world.deputy)
    with unscoped("test"), pytest.raises(PermissionDenied):
        actions.reassign(actor=make.actor(world.member.user), duties=[_again(world.duty)], to=world.deputy)
    assert not _again(world.duty).reassigned


def test_what_is_done_cannot_be_reassigned_or_excused(world: SimpleNamespace) -> None:
    held(world.branch, "theme_day", "2026-11-20")
    refreshed(world.branch)
    with unscoped("test"):
        for act in (
            lambda: actions.reassign(actor=world.office, duties=[_again(world.duty)], to=world.deputy),
            lambda: actions.excuse(actor=world.office, duty=_again(world.duty), reason="停产"),
        ):
            with pytest.raises(Conflict):
                act()


def test_only_the_level_above_excuses(world: SimpleNamespace) -> None:
    with unscoped("test"):
        with pytest.raises(PermissionDenied):
            actions.excuse(actor=world.secretary, duty=_again(world.duty), reason="停产检修")
        with pytest.raises(Invalid):
            actions.excuse(actor=world.superior, duty=_again(world.duty), reason="  ")
        assert _again(world.duty).state == State.OPEN
        actions.excuse(actor=world.superior, duty=_again(world.duty), reason="停产检修")
    now = _again(world.duty)
    assert (now.state, now.look, now.excuse_reason, now.excused_by_id) == (
        "excused",
        "waived",
        "停产检修",
        world.superior.user_id,
    )
    held(world.branch, "theme_day", "2026-11-20")
    refreshed()
    assert _again(world.duty).state == State.EXCUSED
    with unscoped("test"):
        back = actions.demand_again(actor=world.superior, duty=_again(world.duty))
    assert (back.state, back.done_on) == (State.DONE, dt.date(2026, 11, 20))


def _local(world: SimpleNamespace, **more: Any) -> LocalDuty:
    wanted = {
        "organization": world.general,
        "title": "报送工作总结",
        "kind": "branch",
        "pace": "once",
        "starts_on": dt.date(2026, 11, 23),
        "due_on": dt.date(2026, 11, 30),
        **more,
    }
    with unscoped("test"):
        return actions.add_local(actor=world.superior, **wanted)


def test_a_local_duty_is_listed_at_every_branch_below(world: SimpleNamespace) -> None:
    local = _local(world)
    found = duties(local_duty=local)
    assert {one.organization_id for one in found} == {world.branch.pk, world.other.pk}
    assert found[0].due_on == dt.date(2026, 11, 30)
    assert found[0].look == "due_soon"
    assert duties(local_duty=local, organization=world.branch)[0].responsible_id == world.secretary.user_id
    before = len(duties())
    refreshed()
    assert len(duties()) == before


def test_a_local_duty_may_be_for_chosen_units_only(world: SimpleNamespace) -> None:
    local = _local(world, chosen=[world.other])
    assert [one.organization_id for one in duties(local_duty=local)] == [world.other.pk]


def test_a_repeated_local_duty_by_meetings_is_derived(world: SimpleNamespace) -> None:
    held(world.branch, "heart_talk", "2026-11-10")
    local = _local(world, pace="month", due_on=None, satisfied_by="meeting:heart_talk", starts_on=dt.date(2026, 10, 1))
    mine = duties(local_duty=local, organization=world.branch)
    assert [(one.title, one.state) for one in mine] == [
        ("2026年10月报送工作总结", State.OPEN),
        ("2026年11月报送工作总结", State.DONE),
    ]
    with on("2026-12-02"):
        refreshed()
        assert [one.state for one in duties(local_duty=local, organization=world.branch)] == [State.OPEN, State.DONE, State.OPEN]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"due_on": None}, "due_on"),
        ({"due_on": dt.date(2026, 11, 1)}, "due_on"),
        ({"kind": "committee"}, "kind"),
        ({"pace": "weekly"}, "pace"),
        ({"satisfied_by": "meeting:group_meeting"}, "satisfied_by"),
        ({"satisfied_by": "nothing"}, "satisfied_by"),
    ],
)
def test_a_local_duty_that_cannot_be_is_refused_at_the_field(world: SimpleNamespace, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        _local(world, **change)
    assert field in refused.value.fields
    with unscoped("test"):
        assert not LocalDuty.objects.exists()


def test_units_of_another_level_than_the_one_chosen_are_refused(world: SimpleNamespace) -> None:
    group = make.group(world.branch)
    with pytest.raises(Invalid, match="不是党支部，任务选的是由党支部办理"):
        _local(world, chosen=[world.other, group])
    with unscoped("test"):
        assert not LocalDuty.objects.exists()
    assert [one.organization_id for one in duties(local_duty=_local(world, kind="group", chosen=[group]))] == [group.pk]


def test_units_outside_cannot_be_chosen(world: SimpleNamespace) -> None:
    elsewhere = make.branch(world.top)
    with pytest.raises(Invalid):
        _local(world, chosen=[elsewhere])
    with unscoped("test"), pytest.raises(NotFound):
        actions.add_local(
            actor=world.secretary,
            organization=elsewhere,
            title="x",
            kind="group",
            pace="month",
            starts_on=dt.date(2026, 11, 1),
        )


def test_confirming_accepting_and_returning(world: SimpleNamespace) -> None:
    local = _local(world, needs_file=True)
    [mine] = duties(local_duty=local, organization=world.branch)
    with unscoped("test"):
        with pytest.raises(Invalid, match="证明材料"):
            actions.confirm(actor=world.secretary, duty=_again(mine), text="已报送")
        with pytest.raises(Invalid, match="不能上传"):
            actions.confirm(actor=world.secretary, duty=_again(mine), text="已报送", file=SimpleUploadedFile("a.exe", b"x"))
        paper = SimpleUploadedFile("总结.pdf", b"%PDF-1.4")
        one = actions.confirm(actor=world.secretary, duty=_again(mine), text="已报送", file=paper)
        assert (_again(mine).look, one.file_name) == ("submitted", "总结.pdf")
        with pytest.raises(Conflict):
            actions.confirm(actor=world.secretary, duty=_again(mine), text="又报送", file=SimpleUploadedFile("b.pdf", b"x"))
        with pytest.raises(Refusal):
            actions.decide(actor=world.secretary, confirmation=one, accept=True)
        with pytest.raises(Invalid):
            actions.decide(actor=world.superior, confirmation=one, accept=False)
        one = DutyConfirmation.objects.select_related("duty__local_duty__organization", "duty__organization").get(pk=one.pk)
        actions.decide(actor=world.superior, confirmation=one, accept=False, note="缺签字")
        assert (_again(mine).state, _again(mine).submitted_on) == (State.OPEN, None)
    with on("2026-12-02"), unscoped("test"):
        assert _again(mine).look == "overdue"
        again = actions.confirm(actor=world.secretary, duty=_again(mine), text="补签", file=SimpleUploadedFile("c.pdf", b"x"))
        assert _again(mine).look == "submitted"
        actions.decide(actor=world.superior, confirmation=again, accept=True)
        done = _again(mine)
        assert (done.state, done.done_on, done.look) == (State.DONE, dt.date(2026, 12, 2), "late")
        refreshed()
        assert _again(mine).state == State.DONE


def test_nobody_confirms_what_the_records_show(world: SimpleNamespace) -> None:
    with unscoped("test"), pytest.raises(Conflict):
        actions.confirm(actor=world.secretary, duty=_again(world.duty), text="开过了")


def test_ending_takes_off_what_is_not_yet_due(world: SimpleNamespace) -> None:
    local = _local(world)
    with unscoped("test"):
        actions.edit_local(
            actor=world.superior, local=local, title="报送年度总结", how="", document="", due_on=dt.date(2026, 12, 5)
        )
        assert {(one.title, one.due_on) for one in duties(local_duty=local)} == {("报送年度总结", dt.date(2026, 12, 5))}
        actions.end_local(actor=world.superior, local=local)
        with pytest.raises(Conflict):
            actions.end_local(actor=world.superior, local=local)
    assert {one.state for one in duties(local_duty=local)} == {State.VOID}


def test_the_post_that_ends_hands_its_duties_on(world: SimpleNamespace) -> None:
    with unscoped("test"):
        Post.objects.filter(user=world.secretary.user).update(ends_on=dt.date(2026, 11, 20))
    refreshed()
    assert _again(world.duty).responsible == world.deputy


def test_a_second_tap_and_a_page_that_is_out_of_date_change_nothing(world: SimpleNamespace) -> None:
    [mine] = duties(local_duty=_local(world), organization=world.branch)
    with unscoped("test"):
        stale = _again(mine)
        one = actions.confirm(actor=world.secretary, duty=_again(mine), text="已报送")
        with pytest.raises(Conflict):
            actions.confirm(actor=world.secretary, duty=stale, text="又报送")
        rows = DutyConfirmation.objects.select_related("duty__local_duty__organization", "duty__organization")
        first, second = rows.get(pk=one.pk), rows.get(pk=one.pk)
        actions.decide(actor=world.superior, confirmation=first, accept=True)
        with pytest.raises(Conflict):
            actions.decide(actor=world.office, confirmation=second, accept=False, note="缺签字")
        with pytest.raises(Conflict):
            actions.excuse(actor=world.office, duty=stale, reason="不用办")
    assert _again(mine).state == State.DONE


def test_a_photo_of_what_was_done_does_not_say_where_it_was_taken(world: SimpleNamespace) -> None:
    [mine] = duties(local_duty=_local(world), organization=world.branch)
    exif = Image.Exif()
    exif[0x010F] = "FictionalCamera"
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "JPEG", exif=exif)
    with unscoped("test"):
        with pytest.raises(Invalid, match="损坏"):
            actions.confirm(actor=world.secretary, duty=_again(mine), text="已办", file=SimpleUploadedFile("a.png", b"<svg/>"))
        photo = SimpleUploadedFile("现场.jpg", out.getvalue())
        one = actions.confirm(actor=world.secretary, duty=_again(mine), text="已办", file=photo)
    with one.file.open("rb") as kept:
        assert b"FictionalCamera" not in kept.read()
    one.file.delete(save=False)
