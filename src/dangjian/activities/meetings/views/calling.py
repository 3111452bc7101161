"""Calling a meeting in under a minute, changing it, calling it off; leave."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Max, Min
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from dangjian.accounts.editing import Turn
from dangjian.activities.meetings import actions, queries
from dangjian.activities.meetings.forms.calling import AgendaRows, CancelForm, LeaveForm, MeetingForm, SittingRows
from dangjian.activities.meetings.forms.people import People
from dangjian.activities.meetings.forms.rows import AGENDA, SITTINGS, change
from dangjian.activities.meetings.kinds import MEETING_KINDS, MeetingKind, kinds_for
from dangjian.activities.meetings.models import TOOK_PLACE, Audience, Meeting, MeetingKindRow, Status
from dangjian.activities.meetings.views.access import context_of, meeting_of, meeting_to_grant_leave, tab_address, to_tab
from dangjian.activities.meetings.views.by_shift import by_shift
from dangjian.activities.meetings.views.run import NOT_TO_DECIDE
from dangjian.kernel import clock, parameters
from dangjian.kernel.errors import NotFound, PermissionDenied, Refusal
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.rulebook import Frequency, Period, book
from dangjian.kernel.submit import attempt, submit
from dangjian.kernel.ui import words
from dangjian.org.gate import find
from dangjian.org.models import Organization

ICONS: dict[str, str] = {
    "general_meeting": "users-group",
    "committee_meeting": "users",
    "group_meeting": "message-circle",
    "party_lecture": "school",
    "theme_day": "flag",
    "org_life_meeting": "messages",
    "member_appraisal": "star",
    "heart_talk": "heart-handshake",
    "democratic_life_meeting": "messages",
    "leader_lecture": "presentation",
    "committee_conference": "users",
    "study_group": "books",
}
STEPS = {
    "call": (actions.call, "会议通知已发给 {} 人。"),
    "begin": (actions.begin, "名单上有 {} 人。请登记到会情况，再补上决议和记录。"),
    "draft": (None, "草稿已保存，还没有通知任何人。"),
}
"""The buttons of the form: send the notice, write down what was held already, keep what was planned."""
MOST_STEPS = 12
"""Steps of procedures that are put on a proposed agenda."""
OWN_FIRST = 30
"""Organisations listed for choosing; an office with more opens the page from the organisation itself."""


@requires("meetings.call", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """First the kind, then a form that is filled in already; sending calls the meeting, or it is kept as a draft."""
    organization = _organization(request)
    if organization is None:
        return render(request, "meetings/new_kind.html", {"organizations": [], "organization": None, "cards": []})
    chosen = parameters.several_of(request, "kind", MEETING_KINDS)
    if not chosen:
        return _choose_kind(request, organization)
    layout = _Layout(request, organization, chosen)
    if request.method == "POST" and "part" not in request.POST and layout.is_valid():
        meeting = layout.save(next((step for step in STEPS if step in request.POST), "call"))
        if meeting is not None:
            return to_tab(meeting)
    return layout.answer("meetings/new.html")


def _organization(request: Request) -> Organization | None:
    """The organisation asked for, else the actor's own: the first below which they may call meetings."""
    asked = parameters.number(request, "organization")
    if asked is not None:
        found: Organization = find(Organization, pk=asked)
        request.actor.require("meetings.call", found)
        return found
    return Organization.objects.standing().order_by("path").first()


def _choose_kind(request: Request, organization: Organization) -> HttpResponse:
    last = dict(
        MeetingKindRow.objects.filter(organization=organization, meeting__status__in=TOOK_PLACE)
        .order_by()
        .values_list("kind")
        .annotate(on=Max("held_on"))
    )
    coming = MeetingKindRow.objects.filter(organization=organization, meeting__status__in=(Status.CALLED, Status.RUNNING))
    called = dict(coming.order_by().values_list("kind").annotate(on=Min("held_on")))
    due = set(queries.due_kinds(organization, clock.today()))
    not_held = set(queries.due_kinds(organization, clock.today(), counts_called=False))
    cards = [
        {
            "kind": kind,
            "icon": ICONS[kind.code],
            "is_due": kind.code in due,
            "note": _note(
                kind,
                organization,
                last=last.get(kind.code),
                called=called.get(kind.code),
                is_due=kind.code in due,
                was_held=kind.code not in not_held,
            ),
        }
        for kind in kinds_for(organization)
    ]
    cards.sort(key=lambda card: not card["is_due"])
    on = parameters.day(request, "on")
    organizations = list(Organization.objects.standing().order_by("path")[:OWN_FIRST])
    if organization not in organizations:
        organizations.insert(0, organization)
    context = {
        "organization": organization,
        "organizations": organizations,
        "cards": cards,
        "on": on.isoformat() if on else "",
        "is_past": on is not None and on < clock.today(),
        "yesterday": (clock.today() - dt.timedelta(days=1)).isoformat(),
    }
    return render(request, "meetings/new_kind.html", context)


def _note(
    kind: MeetingKind,
    organization: Organization,
    *,
    last: dt.date | None,
    called: dt.date | None,
    is_due: bool,
    was_held: bool,
) -> str:
    parts = []
    if kind.frequency and organization.kind in kind.owed_by:
        rule = book().on(kind.frequency, clock.today())
        standing = "本期还没有开" if is_due else "本期已开够" if was_held else ""
        parts.append("，".join(filter(None, (str(rule.expect(Frequency)), standing))))
    if called:
        parts.append(f"已召集，{words.short_day(called)}召开")
    parts.append(f"上次 {words.short_day(last)}" if last else "还没有开过")
    return " · ".join(parts)


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


class _Layout:
    """The form of a new meeting: three parts that are filled in by a proposal, by what was typed, or by both."""

    def __init__(self, request: Request, organization: Organization, kinds: list[str]) -> None:
        self.request, self.organization, self.people = request, organization, People(organization)
        day = parameters.day(request, "on")
        self.steps = _steps(request, organization, kinds, day)
        self.proposal = queries.propose(
            organization=organization,
            kinds=kinds,
            on=day,
            for_year=parameters.number(request, "for_year"),
            steps=self.steps,
        )
        posted = request.method == "POST"
        self.is_late = day is not None and day < clock.today()
        self.is_sketch = posted and "part" in request.POST
        self.data: QueryDict | None = change(request.POST, request.POST.get("part", "")) if posted else None
        self.by_shift = by_shift(request, organization, self.data)
        self.sittings: Any = SittingRows(self.data, prefix=SITTINGS, initial=[self._first_sitting()])
        self.proposed_on = self._follow_day()
        self.form = MeetingForm(
            self.data, organization=organization, people=self.people, initial=self._initial(), day=_first_day(self.sittings)
        )
        self.agenda: Any = AgendaRows(self.data, prefix=AGENDA, initial=[_agenda_row(item) for item in self.proposal.agenda])
        for row in self.agenda.forms:
            row.offer(self.steps)
        if posted:
            parts: list[Any] = [self.form, self.sittings, self.agenda]
            for part in parts:
                part.is_sketch = self.is_sketch

    def _initial(self) -> dict[str, object]:
        names = ("title", "mode", "place", "online_url", "audience", "is_fixed_day")
        people = {"chair": getattr(self.proposal.chair, "pk", None), "recorder": getattr(self.proposal.recorder, "pk", None)}
        more = {"kinds": list(self.proposal.kinds), "for_year": self.proposal.for_year}
        return {name: getattr(self.proposal, name) for name in names} | people | more

    def _first_sitting(self) -> dict[str, object]:
        return sitting_row(self.proposal.sitting.starts_at, self.proposal.sitting.ends_at)

    def _follow_day(self) -> str:
        """The day that name and agenda are proposed for.

        Of a meeting to be written down they follow the day that is typed, each of them until somebody types their own; so they do
        back to a day to come, if the one that is over was a mistake.
        """
        if self.data is None:
            return timezone.localtime(self.proposal.sitting.starts_at).date().isoformat()
        shown, day = _day(self.data.get("proposed_on", "")), _first_day(self.sittings)
        was_past = shown and shown < clock.today().isoformat()
        if not shown or day is None or not (self.is_past or was_past):
            return shown
        before, after = (self._proposed_for(on) for on in (dt.date.fromisoformat(shown), day))
        if self.data.get("title") == before.title:
            self.data["title"] = after.title
        for place, (old, new) in enumerate(zip(before.agenda, after.agenda, strict=False)):
            name = f"{AGENDA}-{place}-title"
            if self.data.get(name) == old.title:
                self.data[name] = new.title
        return day.isoformat()

    def _proposed_for(self, day: dt.date) -> queries.Proposal:
        return queries.propose(organization=self.organization, kinds=self.proposal.kinds, on=day, steps=self.steps)

    def _reasons(self) -> list[str]:
        """What the proposal rests on, and what else this meeting could serve."""
        also = [MEETING_KINDS[code].title for code in self.proposal.also_due]
        more = f"本期{'、'.join(also)}也还没有开，可以在“类型”中一并点上" if also else ""
        return [*self.proposal.because, *([more] if more else [])]

    def is_valid(self) -> bool:
        """Check all three, so that every mistake is shown at once."""
        parts = [self.form.is_valid(), self.sittings.is_valid(), self.agenda.is_valid()]
        if self.ahead_on:
            self.sittings.forms[0].add_error("on", "这一天还没有到，不能补记")
        return all(parts) and not self.ahead_on

    def _days(self) -> list[str]:
        """The days that stand in the form; empty for what is none."""
        return [_day(str(row["on"].value() or "")) for row in self.sittings.forms]

    @property
    def is_past(self) -> bool:
        """Whether a meeting is to be written down: the page was opened for that, or every day in the form lies behind us."""
        days = self._days()
        return self.is_late or (bool(days) and all(day and day < clock.today().isoformat() for day in days))

    @property
    def ahead_on(self) -> str:
        """A day to come that stands in the form of a meeting to be written down; empty if there is none."""
        latest = max(self._days(), default="")
        return latest if self.is_late and latest > clock.today().isoformat() else ""

    def save(self, step: str) -> Meeting | None:
        """Plan the meeting and ``call`` or ``begin`` it, both or neither, or keep it; a refusal is shown in the form."""
        go_on, text = STEPS[step]
        agenda = [row.plan(self.people) for row in self.agenda.forms if row.cleaned_data.get("title", "").strip()]
        try:
            with transaction.atomic():
                meeting = actions.plan(
                    actor=self.request.actor,
                    organization=self.organization,
                    sittings=[row.plan() for row in self.sittings.forms],
                    agenda=agenda,
                    **self.form.plan(),
                )
                if go_on is not None:
                    meeting = go_on(actor=self.request.actor, meeting=meeting)
        except Refusal as refusal:
            show_refusal(self.form, refusal)
            return None
        number = meeting.attendances.count()
        messages.success(self.request, text.format(number))
        return meeting

    def answer(self, template: str) -> HttpResponse:
        """The page; only the form when htmx asked for it."""
        form_errors = self.data is not None and not self.is_sketch
        has_errors = form_errors and bool(self.form.errors or any(self.sittings.errors) or any(self.agenda.errors))
        context = {
            "organization": self.organization,
            "kind_title": MEETING_KINDS[self.proposal.kinds[0]].title,
            "reasons": self._reasons(),
            "form": self.form,
            "sittings": self.sittings,
            "agenda": self.agenda,
            "has_errors": has_errors,
            "quick_days": quick_days(self.organization, self.proposal.kinds[0], self.sittings),
            "places": _places(self.organization),
            "audience_note": _audience_note(self.organization, is_past=self.is_past),
            "meeting": None,
            "has_begun": False,
            "is_past": self.is_past,
            "is_late": self.is_late,
            "ahead_on": self.ahead_on,
            "kind_code": self.proposal.kinds[0],
            "proposed_on": self.proposed_on,
            "by_shift": self.by_shift,
        }
        name = "meetings/_call_form.html" if self.request.htmx and self.is_sketch else template
        return render(self.request, name, context, status=422 if has_errors else 200)


def _steps(request: Request, organization: Organization, kinds: list[str], day: dt.date | None) -> list[queries.CarriedStep]:
    """What the meeting could decide, the step first from whose page one came."""
    found = queries.decidable(request.actor, organization, kinds, on=day)
    asked = parameters.number(request, "case_step")
    if asked and request.method == "GET" and asked not in {row.pk for row, _ in found}:
        messages.warning(request, NOT_TO_DECIDE)
    found.sort(key=lambda pair: pair[0].pk != asked)
    return [one for _, one in found[:MOST_STEPS]]


def _first_day(sittings: Any) -> dt.date | None:
    """The day that stands first in the form, if it is one."""
    day = _day(str(sittings.forms[0]["on"].value() or "")) if sittings.forms else ""
    return dt.date.fromisoformat(day) if day else None


def sitting_row(starts_at: dt.datetime, ends_at: dt.datetime, place: str = "", pk: int | None = None) -> dict[str, object]:
    """One sitting as the form shows it."""
    begin, end = timezone.localtime(starts_at), timezone.localtime(ends_at)
    return {"on": begin.date(), "starts": begin.time(), "ends": end.time(), "place": place, "pk": pk}


def _agenda_row(item: actions.AgendaPlan) -> dict[str, str]:
    speaker = item.speaker.name if item.speaker else item.speaker_name
    step = item.case_step.key if item.case_step else ""
    return {"title": item.title, "type": item.type, "speaker_name": speaker, "case_step": step}


def quick_days(organization: Organization, kind: str, sittings: Any) -> list[dict[str, object]]:
    """Days to choose with one tap: today, tomorrow, the branch's fixed day, a month after the last meeting of the kind."""
    today = clock.today()
    days = {"今天": today, "明天": today + dt.timedelta(days=1)}
    rows = Meeting.objects.filter(organization=organization, held_on__lte=today).order_by("-held_on")
    fixed = rows.filter(is_fixed_day=True).values_list("held_on", flat=True).first()
    if fixed:
        days["固定党日"] = _month_after(fixed, least=today)
    last = rows.filter(kinds__kind=kind).values_list("held_on", flat=True).first()
    if last:
        days["上次+1月"] = _month_after(last, least=today)
    chosen = str(sittings.forms[0]["on"].value() or "") if sittings.forms else ""
    shown: dict[str, dict[str, object]] = {}
    for label, day in days.items():
        text = label if label in {"今天", "明天"} else f"{label} {day.month}月{day.day}日"
        shown.setdefault(day.isoformat(), {"on": day.isoformat(), "label": text, "chosen": chosen == day.isoformat()})
    return list(shown.values())


def _month_after(day: dt.date, *, least: dt.date) -> dt.date:
    """The same day of a later month, the first that is not before ``least``; the 31st becomes the last day of a short month."""
    months = 1
    while (found := Period(months=months).after(day)) < least:
        months += 1
    return found


def _places(organization: Organization) -> list[str]:
    """Where the organisation met lately, to choose from."""
    rows = Meeting.objects.filter(organization__body_path=organization.body_path).exclude(place="")
    return list(dict.fromkeys(rows.order_by("-held_on").values_list("place", flat=True)[:40]))[:8]


def _audience_note(organization: Organization, *, is_past: bool = False) -> str:
    if is_past:
        return f"名单按会议当天{organization.short_name}的花名册确定。"
    on = clock.today()
    everybody = queries.audience_of(organization, Audience.MEMBERS, on).count()
    committee = queries.audience_of(organization, Audience.COMMITTEE, on).count()
    return f"{organization.short_name}现有党员 {everybody} 人，委员 {committee} 人。名单在发出通知时按当天的花名册确定。"


@requires("meetings.call", on=meeting_of, methods=("GET", "POST"))
def edit(request: Request, meeting: Meeting) -> HttpResponse:
    """Change a meeting; whoever was called is told of what matters to them."""
    posted = request.method == "POST"
    is_sketch = posted and "part" in request.POST
    data = change(request.POST, request.POST.get("part", "")) if posted else None
    proposed = by_shift(request, meeting.organization, data) if meeting.is_before else None
    form, sittings = _arrangements(meeting, data, is_sketch=is_sketch)
    if posted and not is_sketch and form.is_valid() and (not meeting.is_before or sittings.is_valid()):
        changes = form.plan()
        if meeting.is_before:
            changes["sittings"] = [row.plan() for row in sittings.forms]
        turn = Turn(meeting, lambda: _arrangements(meeting_of(request, meeting.pk))[0], ("meetings.updated",))
        if attempt(form, lambda _data: actions.update(actor=request.actor, meeting=meeting, **changes), turn):
            messages.success(request, "会议安排已保存。")
            return to_tab(meeting)
        sittings = _times(meeting, form.data)
    has_errors = posted and not is_sketch
    context = context_of(
        request,
        meeting,
        form=form,
        sittings=sittings,
        agenda=None,
        has_errors=has_errors,
        has_begun=not meeting.is_before,
        quick_days=quick_days(meeting.organization, meeting.kind_codes[0], sittings),
        places=_places(meeting.organization),
        audience_note=_audience_note(meeting.organization),
        organization=meeting.organization,
        by_shift=proposed,
    )
    name = "meetings/_call_form.html" if request.htmx and is_sketch else "meetings/edit.html"
    return render(request, name, context, status=422 if has_errors else 200)


def _arrangements(meeting: Meeting, data: QueryDict | None = None, *, is_sketch: bool = False) -> tuple[MeetingForm, Any]:
    """The form of a meeting and its times; once it has begun, without what cannot change any more."""
    sittings = _times(meeting, data)
    day = _first_day(sittings) if meeting.is_before else meeting.held_on
    people = People(meeting.organization)
    form = MeetingForm(data, organization=meeting.organization, people=people, initial=_current(meeting), day=day)
    form.is_sketch = sittings.is_sketch = is_sketch
    if meeting.is_before:
        form.alongside = sittings.forms
    else:
        for name in ("mode", "audience", "member_ids", "observer_ids", "guest_keys", "is_fixed_day"):
            form.fields.pop(name, None)
    return form, sittings


def _times(meeting: Meeting, data: Any) -> Any:
    rows = [sitting_row(one.starts_at, one.ends_at, one.place, one.pk) for one in meeting.sittings.all()]
    return SittingRows(data, prefix=SITTINGS, initial=rows)


def _current(meeting: Meeting) -> dict[str, object]:
    names = ("title", "mode", "place", "online_url", "audience", "is_fixed_day", "notes")
    roles: dict[str, list[int]] = {"attendee": [], "observer": []}
    for member_id, role in meeting.attendances.order_by().values_list("member_id", "role"):
        roles[role].append(member_id)
    return {name: getattr(meeting, name) for name in names} | {
        "chair": meeting.chair_id,
        "recorder": meeting.recorder_id,
        "kinds": meeting.kind_codes,
        "for_year": meeting.for_year or (meeting.held_on.year if meeting.held_on else None),
        "member_ids": roles["attendee"] if meeting.audience == Audience.CHOSEN else [],
        "observer_ids": roles["observer"],
        "guest_keys": [row.key for row in meeting.guests.all()],
    }


@requires("meetings.call", on=meeting_of, methods=("POST",))
def call(request: Request, meeting: Meeting) -> HttpResponse:
    """Send the notice of a draft."""
    try:
        called = actions.call(actor=request.actor, meeting=meeting)
    except (PermissionDenied, NotFound):
        raise
    except Refusal as refusal:
        messages.error(request, f"{refusal.message}{'；'.join(refusal.fields.values())}{refusal.how}")
        return redirect("meetings:edit", meeting.pk)
    messages.success(request, f"会议通知已发给 {called.attendances.count()} 人。")
    return to_tab(meeting)


@requires("meetings.call", on=meeting_of, methods=("GET", "POST"))
def cancel(request: Request, meeting: Meeting) -> HttpResponse:
    """Call a meeting off."""
    return submit(
        request,
        CancelForm(request.POST or None),
        lambda data: actions.cancel(actor=request.actor, meeting=meeting, **data),
        template="meetings/cancel.html",
        context=lambda: context_of(request, meeting, called=meeting.attendances.count()),
        done="会议已取消。",
        to=tab_address(meeting),
    )


@requires(SIGNED_IN, on=meeting_to_grant_leave, methods=("POST",))
def leave(request: Request, meeting: Meeting) -> HttpResponse:
    """Decide on the leave requests that are ticked."""
    form = LeaveForm(request.POST, meeting=meeting)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return to_tab(meeting, "people")
    grant = form.cleaned_data["decision"] == "grant"
    try:
        done = actions.decide_leaves(
            actor=request.actor,
            meeting=meeting,
            attendance_ids=form.cleaned_data["pk"],
            grant=grant,
            note=form.cleaned_data["note"],
        )
    except (PermissionDenied, NotFound):
        raise
    except Refusal as refusal:
        messages.error(request, refusal.text)
        return to_tab(meeting, "people")
    if done.rows:
        messages.success(request, f"已{'准假' if grant else '不准假'} {len(done.rows)} 人，本人会收到通知。")
    if done.left_out:
        names = "、".join(row.member.name for row in done.left_out)
        messages.warning(request, f"{names}的请假没有改动：已由他人办理或已撤回；本人的请假由其他同志审批。")
    return to_tab(meeting, "people")
