"""Preparing and calling a meeting: what, when, where, who, and the notice to those called."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from dangjian.accounts.events import record
from dangjian.activities.meetings.actions.case_steps import carry, check_carried, let_go
from dangjian.activities.meetings.actions.guards import (
    locked_for,
    require_caller,
    require_open,
    require_recorder,
    require_status,
)
from dangjian.activities.meetings.actions.inviting import drop_gone_guests, set_guests
from dangjian.activities.meetings.kinds import MEETING_KINDS, OF_A_YEAR
from dangjian.activities.meetings.models import (
    AgendaItem,
    AgendaType,
    Attendance,
    Audience,
    Meeting,
    MeetingKindRow,
    Mode,
    Presence,
    Role,
    Sitting,
    Status,
)
from dangjian.activities.meetings.plans import AgendaPlan, CaseStepPlan, SittingPlan
from dangjian.activities.meetings.policy import chair_barred, years_counted
from dangjian.activities.meetings.queries import audience_of, officers_in_line
from dangjian.engines.notifications.actions import notify
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.rulebook import Choices, RuleValue, book
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.org.models import Organization, Post
from dangjian.org.openings import register


@transaction.atomic
def plan(
    *,
    actor: Actor,
    organization: Organization,
    kinds: Sequence[str],
    title: str,
    sittings: Sequence[SittingPlan] = (),
    agenda: Sequence[AgendaPlan] = (),
    audience: str = Audience.MEMBERS,
    member_ids: Iterable[int] = (),
    observer_ids: Iterable[int] = (),
    guest_keys: Iterable[str] = (),
    **details: object,
) -> Meeting:
    """Prepare a meeting as a draft that nobody is told of yet; ``call`` sends it.

    ``member_ids`` are the people of a ``chosen`` audience, ``observer_ids`` those who sit in (列席), ``guest_keys`` the guests
    of the branch who do (``queries.guests.invitable``). ``details`` are ``mode``, ``place``, ``online_url``, ``chair``,
    ``recorder``, ``is_fixed_day``, ``notes``, and ``for_year``, the year for which a meeting that the yearly notice asks for
    counts.
    """
    actor.require("meetings.call", organization)
    if organization.dissolved_on:
        raise Conflict(f"“{organization}”已撤销，不能再召开会议。")
    meeting = Meeting(
        organization=organization,
        title=title.strip(),
        audience=audience,
        created_by_id=actor.user_id,
        **_known(details),
    )
    _check_details(meeting)
    _check_kinds(organization, kinds)
    meeting.save()
    _set_kinds(meeting, kinds)
    _set_sittings(meeting, sittings)
    _set_year(meeting)
    _set_people(meeting, member_ids, observer_ids)
    set_guests(meeting, guest_keys)
    for order, item in enumerate(agenda, 1):
        _new_item(actor, meeting, order, item)
    record(
        actor=actor,
        verb="meetings.planned",
        summary=f"拟定“{meeting}”",
        organization=organization,
        subject=meeting,
        data={"kinds": list(kinds)},
    )
    return meeting


@transaction.atomic
def update(
    *,
    actor: Actor,
    meeting: Meeting,
    kinds: Sequence[str] | None = None,
    sittings: Sequence[SittingPlan] | None = None,
    member_ids: Iterable[int] | None = None,
    observer_ids: Iterable[int] | None = None,
    guest_keys: Iterable[str] | None = None,
    **details: object,
) -> Meeting:
    """Change a meeting. What is not named stays. Whoever is called already is told of a new time, place or way of taking part.

    Time and people may change until the meeting begins; title, kinds, place, chair, recorder and notes until its
    record is confirmed.
    """
    meeting = locked_for(actor, meeting, require_changing)
    named = (sittings, member_ids, guest_keys)
    if not meeting.is_before and (any(one is not None for one in named) or "audience" in details or "mode" in details):
        raise Conflict("会议已经开始，不能再改时间、召开方式和参加人员。", how="迟到或临时参加的人员，请在签到页登记。")
    before = _notice(meeting)
    for name, value in _known(details).items():
        setattr(meeting, name, value.strip() if isinstance(value, str) else value)
    _check_details(meeting)
    meeting.save()
    if kinds is not None:
        _check_kinds(meeting.organization, kinds)
        _set_kinds(meeting, kinds)
    if sittings is not None:
        _set_sittings(meeting, sittings)
    _set_year(meeting)
    if member_ids is not None or observer_ids is not None or "audience" in details:
        _set_people(meeting, *_people_wanted(meeting, member_ids, observer_ids))
    if guest_keys is not None:
        set_guests(meeting, guest_keys)
    if kinds is not None or sittings is not None:
        check_carried(meeting)
    if meeting.status == Status.CALLED:
        check_ready(meeting)
        if _notice(meeting) != before:
            _tell(actor, meeting, f"会议有变动：{meeting}", _marked(_notice(meeting), before))
    record(
        actor=actor, verb="meetings.updated", summary=f"修改“{meeting}”的安排", organization=meeting.organization, subject=meeting
    )
    return meeting


def require_changing(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may change the meeting now: until its record is confirmed."""
    require_caller(actor, meeting)
    require_open(meeting)


@transaction.atomic
def call(*, actor: Actor, meeting: Meeting) -> Meeting:
    """Send the notice to everybody called. The roster is taken afresh, so that whoever joined since the draft is called too."""
    meeting = locked_for(actor, meeting, require_sending)
    _set_people(meeting, *_people_wanted(meeting, None, None))
    drop_gone_guests(meeting)
    check_ready(meeting)
    check_carried(meeting)
    if all(sitting.ends_at <= clock.now() for sitting in meeting.sittings.all()):
        raise Invalid(
            "会议时间已经过去，不能再发通知。",
            how="如会议已经开过，不用再发通知，直接补记；如还没有开，请改时间。",
            fields={"starts_at": "这个时间已经过去"},
        )
    meeting.status, meeting.called_at = Status.CALLED, clock.now()
    meeting.save()
    told = _tell(actor, meeting, f"会议通知：{meeting}", _notice(meeting))
    record(
        actor=actor,
        verb="meetings.called",
        summary=f"通知召开“{meeting}”",
        organization=meeting.organization,
        subject=meeting,
        data={"told": told},
    )
    return meeting


def require_sending(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may send the notice now: of a draft, once."""
    require_caller(actor, meeting)
    require_status(meeting, Status.DRAFT, doing="再次发出通知")


def require_reminding(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may remind those who have not answered now: until the meeting begins."""
    actor.require("meetings.record", meeting.organization)
    require_status(meeting, Status.CALLED, doing="催办答复")


@transaction.atomic
def cancel(*, actor: Actor, meeting: Meeting, reason: str) -> Meeting:
    """Call a meeting off. Whoever was called is told why; a draft is just put away. Cases on its agenda may go before another."""
    meeting = locked_for(actor, meeting, require_cancelling)
    was_called = meeting.status == Status.CALLED
    if was_called and not reason.strip():
        raise Invalid("请写明取消的原因，参会人员会收到。", fields={"reason": "请填写取消原因"})
    meeting.status, meeting.cancelled_at, meeting.cancel_reason = Status.CANCELLED, clock.now(), reason.strip()
    meeting.save()
    let_go(meeting)
    if was_called:
        _tell(actor, meeting, f"会议取消：{meeting}", f"原因：{meeting.cancel_reason}")
    record(
        actor=actor,
        verb="meetings.cancelled",
        summary=f"取消“{meeting}”：{meeting.cancel_reason}",
        organization=meeting.organization,
        subject=meeting,
    )
    return meeting


def require_cancelling(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may call the meeting off now: until it begins."""
    require_caller(actor, meeting)
    require_status(meeting, Status.DRAFT, Status.CALLED, doing="取消")


def require_changing_agenda(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may change the agenda and what was said under it now: until the record is confirmed."""
    require_recorder(actor, meeting)
    require_open(meeting)


@transaction.atomic
def add_agenda_item(*, actor: Actor, meeting: Meeting, item: AgendaPlan) -> AgendaItem:
    """Put an item at the end of the agenda."""
    meeting = locked_for(actor, meeting, require_changing_agenda)
    last = meeting.agenda.order_by("-order").values_list("order", flat=True).first() or 0
    made = _new_item(actor, meeting, last + 1, item)
    record(
        actor=actor,
        verb="meetings.agenda_changed",
        summary=f"“{meeting}”增加议题“{made}”"[:300],
        organization=meeting.organization,
        subject=meeting,
    )
    return made


@transaction.atomic
def edit_agenda_item(*, actor: Actor, item: AgendaItem, **details: object) -> AgendaItem:
    """Change an item: ``title``, ``type``, ``speaker``, ``speaker_name``, or ``notes``, what was said under it.

    ``case_step`` is the step of a case that is decided there (``CaseStepPlan``), ``None`` for none any more.
    """
    meeting = locked_for(actor, item.meeting, require_changing_agenda)
    unknown = set(details) - {"title", "type", "speaker", "speaker_name", "notes", "case_step"}
    if unknown:
        raise TypeError(f"no such details: {sorted(unknown)}")
    item = _as_it_is(meeting, item)
    if "case_step" in details:
        wanted = details.pop("case_step")
        carry(actor, meeting, item, wanted if isinstance(wanted, CaseStepPlan) else None)
    for name, value in details.items():
        setattr(item, name, value.strip() if isinstance(value, str) else value)
    _check_item(item)
    item.save()
    record(
        actor=actor,
        verb="meetings.agenda_changed",
        summary=f"修改“{meeting}”的议题“{item}”",
        organization=meeting.organization,
        subject=meeting,
        data={"fields": sorted(details)},
    )
    return item


@transaction.atomic
def remove_agenda_item(*, actor: Actor, item: AgendaItem) -> None:
    """Take an item off the agenda. One with a decision stays."""
    meeting = locked_for(actor, item.meeting, require_changing_agenda)
    require_removing_item(actor, item)
    title = item.title
    item.delete()
    record(
        actor=actor,
        verb="meetings.agenda_changed",
        summary=f"“{meeting}”删除议题“{title}”",
        organization=meeting.organization,
        subject=meeting,
    )


def require_removing_item(actor: Actor, item: AgendaItem) -> None:
    """Raise unless the actor may take the item off the agenda now: one without a decision."""
    require_changing_agenda(actor, item.meeting)
    if item.decisions.all():
        raise Conflict(f"议题“{item}”已有决议，不能删除。", how="请先删除决议。")


@transaction.atomic
def order_agenda(*, actor: Actor, meeting: Meeting, item_ids: Sequence[int]) -> None:
    """Put the items in this order. ``item_ids`` names each item of the meeting once."""
    meeting = locked_for(actor, meeting, require_changing_agenda)
    items = {item.pk: item for item in meeting.agenda.all()}
    if sorted(items) != sorted(item_ids):
        raise Conflict("议程刚刚被他人修改过，请刷新页面后再调整顺序。")
    for order, pk in enumerate(item_ids, 1):
        items[pk].order = order
    AgendaItem.objects.bulk_update(items.values(), ["order"])
    record(
        actor=actor,
        verb="meetings.agenda_changed",
        summary=f"调整“{meeting}”的议程顺序",
        organization=meeting.organization,
        subject=meeting,
    )


def _known(details: dict[str, object]) -> dict[str, object]:
    known = {"title", "mode", "place", "online_url", "chair", "recorder", "is_fixed_day", "notes", "audience", "for_year"}
    if unknown := set(details) - known:
        raise TypeError(f"no such details: {sorted(unknown)}")
    return details


def _check_details(meeting: Meeting) -> None:
    wrong: dict[str, str] = {}
    if not meeting.title:
        wrong["title"] = "请填写会议名称"
    if len(meeting.title) > 120:
        wrong["title"] = "会议名称请控制在120字以内"
    if meeting.mode not in Mode.values:
        wrong["mode"] = "请选择召开方式"
    if meeting.audience not in Audience.values:
        wrong["audience"] = "请选择参加人员"
    if meeting.online_url and not meeting.online_url.startswith(("https://", "http://")):
        wrong["online_url"] = "线上会议链接应以 https:// 开头"
    if meeting.chair and meeting.recorder and meeting.chair == meeting.recorder and not _is_small(meeting.organization):
        wrong["recorder"] = "记录人和主持人不能是同一人，记录由记录人整理、主持人确认"
    if wrong:
        raise Invalid("会议安排还有几处需要修改。", fields=wrong)


def _is_small(organization: Organization) -> bool:
    return audience_of(organization, Audience.MEMBERS, clock.today()).count() < 3


def _check_kinds(organization: Organization, kinds: Sequence[str]) -> None:
    if not kinds:
        raise Invalid("请选择会议类型。", fields={"kinds": "至少选择一种"})
    for code in kinds:
        kind = MEETING_KINDS.get(code)
        if kind is None:
            raise Invalid("没有这种会议类型。", fields={"kinds": "请从列表中选择"})
        if organization.kind not in kind.held_by:
            text = f"{kind.title}不由{organization.get_kind_display()}召开"
            raise Invalid(f"{text}。", fields={"kinds": text})


def check_ready(meeting: Meeting) -> None:
    """Raise ``Invalid`` naming whatever a meeting still lacks before people are called or it begins."""
    wrong: dict[str, str] = {}
    if not meeting.sittings.exists():
        wrong["starts_at"] = "请填写会议时间"
    if meeting.mode != Mode.ONLINE and not meeting.place and meeting.sittings.filter(place="").exists():
        wrong["place"] = "请填写会议地点"
    if meeting.mode == Mode.ONLINE and not meeting.online_url and not meeting.place:
        wrong["online_url"] = "请填写线上会议链接，或在地点中写明会议号"
    if meeting.chair_id is None:
        wrong["chair"] = "请选择主持人"
    barred = _chair_barred(meeting)
    if barred is not None:
        wrong["chair"] = f"应由{'、'.join(one.title for one in barred.expect(Choices))}主持"
    if not Attendance.objects.filter(meeting=meeting).due().exists():
        wrong["audience"] = "还没有参加人员，请选择"
    if wrong:
        raise Invalid("还不能发出通知，请先补全会议安排。", fields=wrong, citation=barred.citation if barred else "")


def _chair_barred(meeting: Meeting) -> RuleValue | None:
    """The rule by which the chair that was chosen does not preside, if there is one."""
    if meeting.chair is None:
        return None
    on = meeting.held_on or clock.today()
    filled: dict[str, set[int]] = {}
    for kind, user in Post.objects.in_effect(on).filter(organization=meeting.organization).values_list("kind", "user_id"):
        filled.setdefault(kind, set()).add(user)
    held = {kind for kind, users in filled.items() if meeting.chair.user_id in users}
    found = (chair_barred(kind, held=held, filled=set(filled), book=book(), on=on) for kind in meeting.kind_codes)
    return next((rule for rule in found if rule), None)


def _set_kinds(meeting: Meeting, kinds: Sequence[str]) -> None:
    meeting.kinds.exclude(kind__in=kinds).delete()
    there = set(meeting.kinds.values_list("kind", flat=True))
    for code in dict.fromkeys(kinds):
        if code not in there:
            MeetingKindRow.objects.create(
                meeting=meeting,
                organization=meeting.organization,
                body_id=meeting.organization.body_id,
                kind=code,
                held_on=meeting.held_on,
            )


def _set_sittings(meeting: Meeting, plans: Sequence[SittingPlan]) -> None:
    for one in plans:
        if one.ends_at <= one.starts_at:
            raise Invalid("结束时间应晚于开始时间。", fields={"ends_at": "请检查结束时间"})
        if one.ends_at - one.starts_at > dt.timedelta(hours=12):
            raise Invalid("一场会议不应超过12小时，请检查时间。", fields={"ends_at": "请检查结束时间"})
        if timezone.localtime(one.starts_at).year > clock.today().year + 1:
            raise Invalid("会议最多安排到明年年底，请检查年份。", fields={"starts_at": "请检查年份"})
    if len({(one.starts_at, one.place.strip()) for one in plans}) < len(plans):
        raise Invalid("有两场的时间和地点完全相同。", fields={"starts_at": "请改时间或地点"})
    there = {sitting.pk: sitting for sitting in meeting.sittings.all()}
    meeting.sittings.exclude(pk__in=[one.pk for one in plans if one.pk]).delete()
    for one in plans:
        sitting = there.get(one.pk or 0) or Sitting(meeting=meeting)
        sitting.starts_at, sitting.ends_at, sitting.place = one.starts_at, one.ends_at, one.place.strip()
        sitting.save()
    first = min((one.starts_at for one in plans), default=None)
    meeting.held_on = timezone.localtime(first).date() if first else None
    meeting.save()
    meeting.kinds.update(held_on=meeting.held_on)
    _seat_all_if_single(meeting)


def _set_year(meeting: Meeting) -> None:
    """For which year the meeting counts, on the kinds that the yearly notice asks for; any other counts when it is held."""
    yearly, held_in = meeting.kinds.filter(kind__in=OF_A_YEAR), meeting.held_on.year if meeting.held_on else None
    if held_in is None or meeting.for_year == held_in or not yearly.exists():
        meeting.for_year = None
        meeting.save(update_fields=["for_year"])
    elif meeting.for_year is not None and meeting.held_on is not None:
        possible = years_counted(meeting.held_on, book=book())
        if meeting.for_year not in possible:
            rule = book().on("life.year_notice.until", meeting.held_on)
            raise Invalid(
                f"{words.day(meeting.held_on)}召开的会议，不能算{meeting.for_year}年度的。",
                how=f"上年度的最迟在年度终了后{rule.text}内召开。",
                citation=rule.citation,
                fields={"for_year": "请选择" + "或者".join(f"{year}年度" for year in possible)},
            )
    meeting.kinds.update(counts_on=None)
    if meeting.for_year is not None:
        yearly.update(counts_on=dt.date(meeting.for_year, 12, 31))


def _seat_all_if_single(meeting: Meeting) -> None:
    only = list(meeting.sittings.all()[:2])
    if len(only) == 1:
        meeting.attendances.filter(sitting=None).update(sitting=only[0])


def take_roster(meeting: Meeting) -> None:
    """Whoever belongs on the day of the meeting is on the list, who came since the notice too; who went is not."""
    if meeting.audience != Audience.CHOSEN:
        _set_people(meeting, *_people_wanted(meeting, None, None))


def _people_wanted(
    meeting: Meeting,
    member_ids: Iterable[int] | None,
    observer_ids: Iterable[int] | None,
) -> tuple[list[int], list[int]]:
    """Who is to be called; what is not named stays as it is."""
    called = dict(meeting.attendances.order_by().values_list("member_id", "role"))
    attendees = [pk for pk, role in called.items() if role == Role.ATTENDEE] if member_ids is None else list(member_ids)
    observers = [pk for pk, role in called.items() if role == Role.OBSERVER] if observer_ids is None else list(observer_ids)
    return attendees, observers


def _set_people(meeting: Meeting, member_ids: Iterable[int], observer_ids: Iterable[int]) -> None:
    observers = set(observer_ids)
    if meeting.audience == Audience.CHOSEN:
        attendees = set(member_ids)
    else:
        on = meeting.held_on or clock.today()
        attendees = set(audience_of(meeting.organization, meeting.audience, on).values_list("pk", flat=True))
    observers -= attendees
    # The roster of the day may name people who stand outside the scope now, or who have left since that day.
    picked = observers | attendees if meeting.audience == Audience.CHOSEN else observers
    known = set(register(Member).counted().filter(pk__in=picked).values_list("pk", flat=True)) | attendees - picked
    if meeting.audience == Audience.CHOSEN and attendees - known:
        raise Invalid("名单中有人已不在本单位，请重新选择。", fields={"member_ids": "请重新选择参加人员"})
    _check_may_be_named(meeting, (known & attendees if meeting.audience == Audience.CHOSEN else set()) | known & observers)
    wanted = dict.fromkeys(attendees & known, Role.ATTENDEE) | dict.fromkeys(observers & known, Role.OBSERVER)
    there = {row.member_id: row for row in meeting.attendances.order_by()}
    meeting.attendances.filter(presence=Presence.UNKNOWN).exclude(member__in=wanted).delete()
    for role in Role:
        moved = [row.pk for pk, row in there.items() if wanted.get(pk) == role and row.role != role]
        if moved:
            meeting.attendances.filter(pk__in=moved).update(role=role)
    Attendance.objects.bulk_create(
        [Attendance(meeting=meeting, member_id=pk, role=role) for pk, role in sorted(wanted.items()) if pk not in there],
        batch_size=500,
    )
    _seat_all_if_single(meeting)


def _check_may_be_named(meeting: Meeting, named: set[int]) -> None:
    """Whoever is picked by hand is within the actor's reach, or holds a committee post in the line above or below.

    Else anybody who may call a meeting could read off the names of the whole enterprise by number.
    """
    new = named - set(meeting.attendances.order_by().values_list("member_id", flat=True))
    strangers = new - set(Member.objects.filter(pk__in=new).order_by().values_list("pk", flat=True)) if new else set()
    if not strangers:
        return
    strangers -= set(officers_in_line(meeting.organization).filter(pk__in=strangers).values_list("pk", flat=True))
    if strangers:
        text = "只能选择本组织的党员，或上下级党组织的委员"
        raise Invalid("名单中有人不能选择，请重新选择。", fields={"observer_ids": text, "member_ids": text})


def _as_it_is(meeting: Meeting, item: AgendaItem) -> AgendaItem:
    """The item now that the meeting is held, so that saving it moves nothing back."""
    found: AgendaItem | None = meeting.agenda.select_related("case").filter(pk=item.pk).first()
    if found is None:
        raise Conflict(f"议题“{item}”刚被他人删除，不能再修改。", how="如还需要，请重新添加议题。")
    return found


def _new_item(actor: Actor, meeting: Meeting, order: int, item: AgendaPlan) -> AgendaItem:
    made = AgendaItem(
        meeting=meeting,
        order=order,
        type=item.type,
        title=item.title.strip(),
        speaker=item.speaker,
        speaker_name=item.speaker_name.strip(),
    )
    _check_item(made)
    carry(actor, meeting, made, item.case_step)
    made.save()
    return made


def _check_item(item: AgendaItem) -> None:
    if not item.title:
        raise Invalid("请填写议题。", fields={"title": "请填写议题"})
    if len(item.title) > 200:
        raise Invalid("议题请控制在200字以内。", fields={"title": "请缩短议题"})
    if item.type not in AgendaType.values:
        raise Invalid("没有这种议题类型。", fields={"type": "请从列表中选择"})


def _notice(meeting: Meeting) -> str:
    """When, where and how, as the notice says it."""
    lines = [
        f"时间：{words.daytime(sitting.starts_at)}" + (f"，{sitting.place}" if sitting.place else "")
        for sitting in meeting.sittings.all()
    ]
    if meeting.place:
        lines.append(f"地点：{meeting.place}")
    lines.append(f"方式：{meeting.get_mode_display()}")
    if meeting.online_url:
        lines.append(f"线上链接：{meeting.online_url}")
    if meeting.notes:
        lines.append(f"要求：{meeting.notes}")
    return "\n".join(lines)


def _marked(notice: str, before: str) -> str:
    """The notice with every line marked that was not in the one before."""
    known = set(before.splitlines())
    return "\n".join(line if line in known else f"【变动】{line}" for line in notice.splitlines())


def _tell(actor: Actor, meeting: Meeting, title: str, body: str) -> int:
    users = meeting.attendances.exclude(member__user=None).values_list("member__user", flat=True)
    return notify(
        actor=actor,
        user_ids=list(users),
        title=title,
        body=body,
        url=member_address(meeting),
        topic="meetings",
        organization=meeting.organization,
    )


def member_address(meeting: Meeting) -> str:
    """Where a member sees the meeting."""
    return reverse("meetings:attend", args=[meeting.pk])


def run_address(meeting: Meeting) -> str:
    """Where whoever runs the meeting works on it."""
    return reverse("meetings:detail", args=[meeting.pk])
