"""Contact with members is noted, and taken back where it was a slip."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from dangjian.accounts.events import EventsOf
from dangjian.activities.contact.models import ContactNote, Way
from dangjian.activities.contact.queries.away import ABROAD_DUTY, AWAY_DUTY
from dangjian.activities.contact.queries.clock import SILENT_DUTY
from dangjian.activities.contact.queries.notes import MANAGE
from dangjian.activities.contact.queries.searches import running_of
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.ui import words
from dangjian.members.models import Member, Standing
from dangjian.members.own import require_for
from dangjian.org.duty_offers import tell_duties
from dangjian.org.openings import at, locked

LONGEST = 500
NOTES = EventsOf[ContactNote](
    organization=lambda note: note.member.branch,
    member_id=lambda note: note.member_id,
    words=lambda note, done: f"{done}与{note.member.name}的联系（{words.day(note.on)}，{note.get_way_display()}）",
)


@transaction.atomic
def note(*, actor: Actor, member: Member, on: dt.date, way: str, note: str = "") -> ContactNote:
    """The branch was in contact with a member on a day; noting the same twice makes one note.

    :raises Invalid: for a day to come, or one before they belonged here.
    :raises Conflict: while they are searched for, which says more.
    """
    member = locked(member, "branch", "user", check=lambda row: require_noting(actor, row))
    return write(actor, member, on, way, note)


def require_noting(actor: Actor, member: Member) -> None:
    """Raise unless the actor may note contact with the member now: the branch, while nobody searches for them."""
    require_office(actor, member)
    if running_of(member.pk) is not None:
        raise Conflict(f"正在查找{member.name}。", how="请打开查找记录，在那里登记取得联系。")


def require_office(actor: Actor, member: Member) -> None:
    """Raise unless the actor does this work of the member's branch, in the case of another, as long as they count."""
    require_for(actor, MANAGE, member.branch, [member])
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}{member.get_standing_display()}，不再登记联系。")


def write(actor: Actor, member: Member, on: dt.date, way: str, text: str) -> ContactNote:
    """Note it for somebody whose row is held; the right to it was asked."""
    if way not in Way:
        raise Invalid("请选择联系方式。", fields={"way": "请选择"})
    if on > clock.today():
        raise Invalid("联系日期不能晚于今天。", fields={"on": "请填今天或以前的日期"})
    if len(text) > LONGEST:
        raise Invalid("写得太长了。", fields={"note": f"最多{LONGEST}个字，现在是{len(text)}个字"})
    with at(member.branch):
        known = ContactNote.objects.filter(member=member, on=on, way=way).first()
        if known is not None and not text.strip():
            return known
        if known is not None:
            raise Conflict(f"{words.day(on)}已经登记过一次{known.get_way_display()}联系。", how="写错了的，请先撤销那一次。")
        made: ContactNote = ContactNote.objects.create(member=member, on=on, way=way, note=text.strip(), by_id=actor.user_id)
        NOTES.record(actor, made, "contact.noted", "登记")
        follow(actor, member)
    return made


@transaction.atomic
def take_back(*, actor: Actor, note: ContactNote) -> Member:
    """The note was a slip: it is gone, the trail keeps it. Returns the member."""
    note = locked(note, "member__branch", "member__user", check=lambda row: require_taking_back(actor, row))
    member = note.member
    with at(member.branch):
        NOTES.record(actor, note, "contact.taken_back", "撤销")
        note.delete()
        follow(actor, member)
    return member


def require_taking_back(actor: Actor, note: ContactNote) -> None:
    """Raise unless the actor may take the note back: whoever made it, or may make it, on the day on which it was made."""
    require_office(actor, note.member)
    if clock.today() > _day(note):
        raise Conflict("只能在登记的当天撤销。", how="以后发现写错的，请再登记一次正确的联系，并在情况中说明。")


def _day(note: ContactNote) -> dt.date:
    return timezone.localtime(note.made_at).date()


def follow(actor: Actor, member: Member) -> None:
    """Bring the branch's duties of contact up to date."""
    tell_duties(actor=actor, organization_ids=[member.branch_id], rules=[AWAY_DUTY, ABROAD_DUTY, SILENT_DUTY])
