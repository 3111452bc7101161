"""Work of the background for the person who asked for it."""

from collections.abc import Callable
from typing import Final

from dangjian.accounts.models import User
from dangjian.kernel.errors import Refusal
from dangjian.org.gate import GrantedActor, admitted
from dangjian.org.models import Organization

MESSAGE_LENGTH: Final = 300
"""What the reason of a failure may be at most; the columns that keep one are as long."""


def do_for(
    user: User,
    permission: str,
    organization: Organization,
    work: Callable[[GrantedActor], None],
    *,
    fail: Callable[[str], None],
    broken: str,
    refused: str = "",
) -> None:
    """Call ``work(actor)`` with the rights that ``user`` has at this moment, in the scope of ``permission``.

    ``fail(reason)`` leaves behind why nothing came of it: the sentence ``refused`` and that of the refusal, or ``broken`` where
    the system is at fault, which is raised again for whoever looks after it. It is called after the work was rolled back and the
    scope closed.
    """
    actor = GrantedActor(user)
    try:
        with admitted(actor, permission):
            actor.require(permission, organization)
            work(actor)
    except Refusal as refusal:
        fail(f"{refused}{refusal.brief}"[:MESSAGE_LENGTH])
    except Exception:
        fail(broken)
        raise
