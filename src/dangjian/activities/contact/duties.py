"""What branches owe: contact with whoever is away, word of whoever is silent, and what the articles have them decide."""

import datetime as dt
from collections.abc import Callable

from django.db.models import QuerySet

from dangjian.activities.contact.models import Away
from dangjian.activities.contact.queries import away, clock, searches
from dangjian.org.duty_offers import ActionLink, DueDates, DutyRule, Evidence
from dangjian.org.models import Kind

BRANCH = frozenset({Kind.BRANCH})
KEEPERS = ("organisation_member", "secretary", "deputy_secretary")
AWAY_PAGE = "contact:away_one"


def _contact(code: str, title: str, rule: str, rows: Callable[[dt.date], QuerySet[Away]], order: int) -> DutyRule:
    """Contact with whoever is away, as often as the rule says, each time anew from the last one on."""
    return DutyRule(
        code,
        title,
        "外出联系",
        rule=rule,
        kinds=BRANCH,
        subject="member",
        how="打个电话、发个消息，问问近况，在“联系党员”中点“已联系”。",
        responsible=KEEPERS,
        start=ActionLink("去联系", "contact:people", query=lambda _duty: {"who": "away"}),
        occasions=DueDates(
            rows,
            organization="member__branch_id",
            member="member_id",
            occasion="",
            opens_on="opens_on",
            due_on="due_on",
            title="duty_title",
        ),
        evidence=Evidence(away.contacts, on="on", organization="member__branch_id", member="member_id"),
        icon="phone",
        order=order,
    )


RULES = (
    _contact(away.AWAY_DUTY, "与外出党员保持联系", "flow.contact", away.to_contact, order=430),
    _contact(away.ABROAD_DUTY, "与出国（境）学习研究的党员保持联系", "flow.abroad_contact", away.to_contact_abroad, order=431),
    DutyRule(
        away.TRANSFER_DUTY,
        "外出半年以上的，研究转接组织关系",
        "外出转接",
        rule="xfer.must",
        kinds=BRANCH,
        severity="warning",
        how="地点相对固定、半年以上的，应当转接组织关系：由党支部或者本人提出；暂时不转的，写明原因。",
        responsible=KEEPERS,
        start=ActionLink("去办理", AWAY_PAGE, args=lambda duty: (duty.occasion,)),
        occasions=DueDates(
            away.to_transfer,
            organization="member__branch_id",
            opens_on="transfer_on",
            due_on="no_day",
            title="duty_title",
        ),
        evidence=Evidence(away.transferred, on="ended_on", occasion="pk", url_name=AWAY_PAGE),
        icon="transfer",
        order=432,
    ),
    DutyRule(
        clock.SILENT_DUTY,
        "联系很久没有消息的党员",
        "联系党员",
        rule="lost.near",
        kinds=BRANCH,
        severity="warning",
        how="先看有没有年老体弱、请假、外出等情况，再联系本人；联系上的点“已联系”，联系不上的开始查找。",
        responsible=KEEPERS,
        start=ActionLink("去联系", "contact:people", query=lambda duty: {"organization": duty.organization_id}),
        condition=clock.branches_to_ask,
        explain=clock.explained,
        icon="phone-off",
        order=433,
    ),
    DutyRule(
        searches.SUSPEND_DUTY,
        "失去联系、多方查找无果的，研究停止党籍",
        "停止党籍",
        rule="lost.suspend",
        kinds=BRANCH,
        how="支部党员大会讨论，报上级党委批准。有了联系的，登记取得联系。",
        severity="warning",
        responsible=KEEPERS,
        start=ActionLink("去办理", "contact:search", args=lambda duty: (duty.occasion,)),
        occasions=DueDates(
            searches.to_suspend,
            organization="member__branch_id",
            opens_on="opens_on",
            due_on="no_day",
            title="duty_title",
        ),
        evidence=Evidence(searches.suspended, on="ended_on", occasion="pk", url_name="contact:search"),
        icon="user-pause",
        order=434,
    ),
    DutyRule(
        searches.DECIDE_DUTY,
        "失联后重新取得联系的，研究限期改正",
        "重新取得联系",
        rule="lost.correct",
        kinds=BRANCH,
        how="了解失去联系的原因，支部研究是否给予限期改正，在查找记录中登记结果。",
        severity="warning",
        responsible=KEEPERS,
        start=ActionLink("去办理", "contact:search", args=lambda duty: (duty.occasion,)),
        occasions=DueDates(
            searches.to_decide,
            organization="member__branch_id",
            opens_on="found_on",
            due_on="no_day",
            title="duty_title",
        ),
        evidence=Evidence(searches.decided, on="outcome_on", occasion="pk", url_name="contact:search"),
        icon="user-check",
        order=435,
    ),
)
