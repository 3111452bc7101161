"""What other pages show: on a member's page their contact, at home what one reported oneself."""

from django.urls import reverse

from dangjian.activities.contact.actions import away as away_actions
from dangjian.activities.contact.actions import notes, searches
from dangjian.activities.contact.queries.away import own_running, running_of
from dangjian.activities.contact.queries.notes import MANAGE
from dangjian.activities.contact.queries.searches import running_of as search_of
from dangjian.activities.contact.views.people import shown_notes
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request
from dangjian.members.models import Member
from dangjian.members.queries.contact import reasons, with_contact


def of_member(request: Request, member: Member) -> dict[str, object] | None:
    """When there was contact last, whether they are away or searched for, and what may be begun."""
    actor = request.actor
    known = with_contact(Member.objects.filter(pk=member.pk)).first()
    buttons = (
        ("登记联系", "contact:note", "phone-check", may(notes.require_noting, actor, member)),
        ("登记外出", "contact:go", "plane-departure", may(away_actions.require_registering, actor, member)),
        ("开始查找", "contact:search_new", "user-search", may(searches.require_beginning, actor, member)),
    )
    may_manage = actor.may(MANAGE, member.branch) and actor.user_id != member.user_id
    return {
        "known": known,
        "why": reasons([member.pk], clock.today()).get(member.pk, ()),
        "away": running_of(member.pk),
        "search": search_of(member.pk),
        "history": shown_notes(member) if may_manage else "",
        "buttons": [
            {"label": label, "url": reverse(name, args=[member.pk]), "icon": icon}
            for label, name, icon, is_open in buttons
            if is_open and may_manage
        ],
    }


def of_me(request: Request) -> dict[str, object] | None:
    """One's own absence that goes on."""
    away = own_running(request.user.pk)
    return {"away": away} if away else None
