"""Members who are away: the register, one of them with its steps, registering oneself or another."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangjian.activities.contact.actions import away as actions
from dangjian.activities.contact.actions import notes
from dangjian.activities.contact.actions.private import AWAY_PRIVATE, open_of_away
from dangjian.activities.contact.forms.contact import AwayForm, BackForm, CancelForm, ChangeAwayForm, StayForm
from dangjian.activities.contact.models import Away, Direction, End
from dangjian.activities.contact.models.away import ABROAD
from dangjian.activities.contact.policy import contact_rule, is_floating, transfer_from
from dangjian.activities.contact.queries.away import own_running, with_due
from dangjian.activities.contact.queries.notes import MANAGE, VIEW
from dangjian.activities.contact.views.groups import ANY, OF_PERSON, by_bracket
from dangjian.activities.contact.views.people import BRANCHES, shown_notes
from dangjian.activities.contact.views.procedures import Beginning, beginnings
from dangjian.activities.contact.views.when import THERE, CountedDays
from dangjian.kernel import clock, codes
from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import ALL, DAY, STATE, Asked, Choice, Column, Empty, ListPage, Loaded, RowAction, Start, State
from dangjian.kernel.rulebook import book
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.members.lists import by_person
from dangjian.members.models import Member
from dangjian.members.own import is_own
from dangjian.members.queries.certificates import certificate_of, certificates
from dangjian.members.views.private import answer_in_full
from dangjian.org.cases import Card, Case, Due, Fact, Step
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.openings import own

FOLLOWED = ("member__branch", "member__user", "made_by")
ENDED, WENT, YES = "ended", "went", "yes"
NEXT: Due[Any] = Due("due_on", runs=lambda one: one.is_open)


def look(one: Away) -> State:
    """Whether somebody is away, and as what."""
    if not one.is_open:
        return State("ended", End(one.end).label, "neutral")
    if is_floating(one.since_on, one.until_on, clock.today()):
        return State("floating", "流动党员", "warn")
    return State("away", "短期外出", "info")


def _job(one: Away) -> str:
    code = one.member.job_post
    return codes.get("job_label").label(code) if code else ""


def _in_state(rows: Any, state: str) -> Any:
    if state == ALL:
        return rows
    return rows.exclude(ended_on=None) if state == ENDED else rows.filter(ended_on=None)


def _unregistered(asked: Asked) -> str:
    """Whom old records call floating members, without anybody having said where they are."""
    known = Away.objects.values("member")
    names = list(Member.objects.counted().filter(is_mobile_member=True).exclude(pk__in=known).values_list("name", flat=True)[:6])
    if not names or asked.values.get("q"):
        return ""
    return (
        f"名册中标为流动党员、还没有登记去向：{'、'.join(names[:5])}{'等' if len(names) > 5 else ''}，请打开党员的页面登记外出。"
    )


def _abroad(rows: Any, asked_for: str) -> Any:
    return rows.filter(direction__in=ABROAD) if asked_for else rows


def _counted(rows: Any, what: str) -> Any:
    """What was registered by mistake was never so."""
    return rows.exclude(end=End.MISTAKE) if what else rows


def _may_tap(one: Away, asked: Asked) -> bool:
    actor = asked.request.actor
    return one.is_open and actor.may(MANAGE, one.member.branch) and not is_own(actor, one.member)


def _load_certificates(rows: list[Away], _asked: Asked) -> None:
    """Numbers that stand elsewhere are read from there."""
    known = certificates([one.member_id for one in rows if not one.certificate], besides="contact")
    for one in rows:
        if one.member_id in known:
            one.certificate = one.certificate or known[one.member_id].held.number


AWAY = ListPage(
    name="contact:away",
    title="流出党员",
    permission=VIEW,
    intro="外出的党员，组织关系和人数仍在本支部。要登记的，打开党员的页面，或者由本人在手机上报告。",
    rows=lambda _asked: with_due(Away.objects.select_related("member__branch"), clock.today()),
    load=_load_certificates,
    columns=(
        Column("姓名", "member.name", sort="member__name_sort", key="name"),
        Column("党支部", "member.branch.short_name", sort="member__branch__path", key="organization"),
        Column("外出地点", "place", sub="get_direction_display", sort="place"),
        Column("去向", "get_direction_display", on_page=False),
        Column("外出日期", "since_on", DAY, sort="-since_on", key="since"),
        Column("预计返回", "until_on", DAY, sort="until_on", key="until", on_phone=False),
        Column("流入地党组织", "led_by", on_phone=False),
        Column("活动证编号", "certificate", on_page=False),
        Column("原工作岗位", _job, on_page=False),
        Column("最近联系", "contact_on", DAY, sort="contact_on", key="contact", on_phone=False),
        NEXT.column("下次联系", sort="due_on", key="due"),
        Column("结束", "ended_on", DAY, on_page=False),
        Column("状态", look, STATE, sort="ended_on", key="state"),
    ),
    order=("due_on", "-since_on"),
    row="contact:away_one",
    summary=_unregistered,
    filters=(
        Choice("state", "状态", [(ENDED, "已结束"), (ALL, "全部")], usual="正在外出", rows=_in_state, look="chips"),
        by_person("member__"),
        OrganizationFilter(field="member__branch", kinds=BRANCHES, tells_own=True),
        Choice("direction", "去向", Direction.choices, "全部去向"),
        Choice("abroad", "出国（境）", [(YES, "出国（境）的")], ANY, rows=_abroad, look="dialog"),
        by_bracket("length", "外出时间", "since_on", 1, "away_duration"),
        Choice("end", "结束方式", [one for one in End.choices if one[0] != End.MISTAKE], ANY, look="dialog"),
        *OF_PERSON,
        Choice("job", "原工作岗位", lambda _asked: codes.get("job_label").choices, field="member__job_post", look="dialog"),
        Choice(
            "counted",
            "哪个日期",
            [(WENT, "外出日期，不含登记错的"), (ENDED, "结束日期"), (THERE, "到期末在外的")],
            "外出日期",
            look="dialog",
            rows=_counted,
        ),
        CountedDays("days", "日期", field="since_on", columns={ENDED: "ended_on"}, ends=("ended_on",)),
    ),
    actions=(
        RowAction(
            "已联系",
            lambda one: reverse("contact:tap", args=[one.member_id]),
            may=_may_tap,
            icon="phone-check",
            sends=lambda _one: {},
            called=lambda one: one.member.name,
        ),
    ),
    starts=(
        Start("联系党员", "contact:people", "phone", is_primary=False),
        Start("统计", "contact:statistics", "chart-bar", is_primary=False),
        Start("出国（境）统计", "contact:abroad_statistics", "world", is_primary=False),
    ),
    empty=Empty("plane-departure", "没有外出的党员", "党员外出的，打开党员的页面登记，或者由本人在手机上报告。"),
    exported=on_trail("contact.away_exported"),
)


def away_to_see(request: Request, pk: int) -> Away:
    """One's own, or one of a branch of which the reader sees such things."""
    rows = with_due(own(Away, request.user.pk).select_related(*FOLLOWED), clock.today())
    mine: Away | None = rows.filter(pk=pk).first()
    if mine is not None:
        return mine
    found: Away = find(with_due(Away.objects.select_related(*FOLLOWED), clock.today()), pk=pk)
    request.actor.require(VIEW, found.member.branch)
    return found


MAY_OPEN: Loaded[bool] = Loaded("may_open")
"""Whether the reader may have phone and address shown in full: whoever keeps contact with them."""
IS_MINE: Loaded[bool] = Loaded("is_mine")
BUTTONS: Loaded[list[Beginning]] = Loaded("beginnings")


def _load(one: Away, request: Request) -> None:
    IS_MINE.put(one, request.user.pk == one.member.user_id)
    MAY_OPEN.put(one, not IS_MINE.of(one) and request.actor.may(MANAGE, one.member.branch))
    is_due = actions.is_transfer_due(one, clock.today())
    BUTTONS.put(one, beginnings(request, one.member, "transfer", "transfer_out") if is_due else [])


def _private(column: str) -> Fact[Away]:
    """What is shown in full only to themselves, and to whoever states a purpose."""
    held = AWAY_PRIVATE[column]

    def shown(one: Away) -> str:
        text: str = getattr(one, column)
        return text if IS_MINE.of(one) or not text else held.mask(text)

    def opens(one: Away) -> str:
        return reverse("contact:open_away", args=[one.pk, column]) if MAY_OPEN.of(one) else ""

    return Fact(held.title, shown, opens=opens)


def _certificate(one: Away) -> str:
    """The number, and where it stands if not here."""
    known = None if one.certificate else certificate_of(one.member_id, besides="contact")
    return f"{known.held.number}（见{known.where}）" if known else one.certificate


def _next(one: Any) -> Any:
    return one.due_on if one.is_open else None


def _concerns(one: Away) -> list[dict[str, str]]:
    """That a transfer is due."""
    if not actions.is_transfer_due(one, clock.today()):
        return []
    rule = book().on("xfer.must", clock.today())
    since = transfer_from(one.since_on, clock.today())
    return [
        {
            "text": f"外出到地点相对固定的地方，{words.day(since)}满{rule.text}，应当转接组织关系；由党支部研究，或者由本人提出",
            "citation": str(rule.citation),
        }
    ]


def _crumbs(one: Away) -> list[tuple[str, str]]:
    return [("我的", reverse("members:me"))] if IS_MINE.of(one) else [("流出党员", reverse("contact:away"))]


def _more(one: Away, request: Request) -> Mapping[str, object]:
    may_read = request.actor.may(MANAGE, one.member.branch) and not IS_MINE.of(one)
    may_note = one.is_open and may(notes.require_noting, request.actor, one.member)
    return {
        "history": shown_notes(one.member) if may_read else "",
        "beginnings": BUTTONS.of(one),
        "note_url": reverse("contact:note", args=[one.member_id]) if may_note else "",
    }


AWAY_ONE = Case(
    name="contact:away_one",
    model=Away,
    found=away_to_see,
    permission=SIGNED_IN,
    subject="away",
    title=lambda one: "我的外出登记" if IS_MINE.of(one) else f"{one.member.name}外出",
    crumbs=_crumbs,
    crumb="外出登记",
    intro=lambda one: one.member.branch.short_name,
    states=look,
    due=NEXT,
    load=_load,
    concerns=_concerns,
    below="contact/away_below.html",
    more=_more,
    cards=(
        Card(
            "去向",
            "plane-departure",
            (
                Fact("外出地点", "place"),
                Fact("去向", "get_direction_display"),
                Fact("地点相对固定", lambda one: "是" if one.is_fixed else ""),
                Fact("外出日期", "since_on", DAY),
                Fact("预计返回", "until_on", DAY),
                _private("unit"),
                _private("phone"),
                Fact("登记", lambda one: "本人报告" if one.by_themselves else "党支部登记"),
                Fact(
                    "结束", lambda one: f"{words.day(one.ended_on)} {End(one.end).label} {one.end_note}" if one.ended_on else ""
                ),
            ),
            citation=lambda _one: book().on("flow.register", clock.today()).citation,
        ),
        Card(
            "在外地的组织生活",
            "users-group",
            (
                Fact("流入地党组织", "led_by"),
                Fact("流动党员活动证编号", _certificate),
                Fact("最近联系", "contact_on", DAY),
                Fact("下次联系不晚于", _next, DAY),
                Fact("暂不转接组织关系", lambda one: f"{words.day(one.stays_on)} {one.stays_because}" if one.stays_on else ""),
            ),
            citation=lambda one: book().on(contact_rule(one.direction), clock.today()).citation,
        ),
    ),
    steps=(
        Step(
            code="stay",
            label="暂不转接",
            title="暂不转接组织关系",
            icon="clock-pause",
            look="fold",
            require=actions.require_staying,
            act=actions.stay,
            form=StayForm,
            done="已登记，到时候再提醒。",
        ),
        Step(
            code="back",
            label="登记返回",
            icon="home-check",
            look="fold",
            require=actions.require_changing,
            act=actions.come_back,
            form=BackForm,
            done="已登记返回。",
        ),
        Step(
            code="change",
            label="保存修改",
            title="修改去向和联系方式",
            icon="edit",
            look="fold",
            require=actions.require_changing,
            act=actions.change,
            form=lambda one, data=None, _files=None: ChangeAwayForm(data, away=one),
            verbs=("contact.away_changed",),
            done="已修改。",
        ),
        Step(
            code="reopen",
            label="撤销返回",
            icon="arrow-back-up",
            require=actions.require_reopening,
            act=actions.reopen,
            confirm="撤销以后仍按外出管理。确定撤销吗？",
            done="已撤销返回。",
        ),
        Step(
            code="cancel",
            label="作废",
            title="登记错了",
            icon="ban",
            look="fold",
            require=actions.require_cancelling,
            act=actions.cancel,
            form=CancelForm,
            done="已作废。",
            is_dangerous=True,
        ),
    ),
)


def away_to_open(request: Request, pk: int) -> Away:
    """One of whom the reader keeps contact."""
    found: Away = find(Away.objects.select_related(*FOLLOWED), pk=pk)
    request.actor.require(MANAGE, found.member.branch)
    return found


@requires(MANAGE, on=away_to_open, methods=("GET", "POST"))
def show_in_full(request: Request, away: Away, column: str) -> HttpResponse:
    """Ask for the purpose, then show phone or address in full. Returns a fragment for the shared dialog."""
    if column not in AWAY_PRIVATE:
        raise NotFound
    return answer_in_full(
        request,
        lambda purpose: open_of_away(actor=request.actor, away=away, column=column, purpose=purpose),
        name=away.member.name,
        title=AWAY_PRIVATE[column].title,
        address=reverse("contact:open_away", args=[away.pk, column]),
    )


# Registering


def member_to_register(request: Request, pk: int) -> Member:
    """A member of whom the reader may register now that they go away."""
    member: Member = find(Member.objects.select_related("branch"), pk=pk)
    actions.require_registering(request.actor, member)
    return member


def oneself(request: Request) -> Member:
    """The member who is signed in."""
    member: Member | None = own(Member, request.user.pk).select_related("branch").first()
    if member is None:
        raise NotFound("没有您的党员档案。")
    return member


@requires(MANAGE, on=member_to_register, methods=("GET", "POST"))
def go(request: Request, member: Member) -> HttpResponse:
    """The branch registers that somebody goes away."""
    return _registered(request, member, reverse("members:detail", args=[member.pk]))


@requires("contact.own", on=oneself, methods=("GET", "POST"))
def go_oneself(request: Request, member: Member) -> HttpResponse:
    """A member reports on the phone that they go away; whoever has done so comes to what they reported."""
    mine = own_running(request.user.pk)
    if mine is not None:
        return redirect(AWAY_ONE.url(mine))
    return _registered(request, member, reverse("members:me"))


def _registered(request: Request, member: Member, back: str) -> HttpResponse:
    return submit(
        request,
        AwayForm(request.POST or None, member_id=member.pk),
        lambda data: actions.register_away(actor=request.actor, member=member, **data),
        template="contact/form.html",
        context={
            "title": f"登记外出：{member.name}",
            "note": "外出期间组织关系和人数仍在本支部，支部会定期联系。地点相对固定、满六个月的，应当转接组织关系。",
            "crumbs": [(member.name, back)],
            "crumb": "登记外出",
            "back": back,
            "label": "登记外出",
            "icon": "plane-departure",
            "draft": f"away-{member.pk}",
            "citation": book().on("flow.register", clock.today()).citation,
        },
        done="已登记外出。",
        to=AWAY_ONE.url,
    )
