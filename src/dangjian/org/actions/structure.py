"""What other apps are told when organisations are set up, others hold their posts, or a branch is asked for."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dangjian.kernel.actor import Actor
from dangjian.kernel.registry import offers
from dangjian.org.offers import StructureFollower

_gathered: ContextVar[set[int] | None] = ContextVar("gathered", default=None)


@contextmanager
def told_once(actor: Actor) -> Iterator[None]:
    """Tell them only at the end, and once, what is done inside by many actions. Nothing is told if one of them refuses."""
    gathered: set[int] = set()
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
    tell_followers(actor=actor, organization_ids=gathered)


def tell_followers(*, actor: Actor, organization_ids: Collection[int]) -> None:
    """Let follow what follows from it, once for all organisations of an action; called at its end, in its transaction."""
    gathered = _gathered.get()
    if gathered is not None:
        gathered.update(organization_ids)
    elif organization_ids:
        for follower in offers(StructureFollower):
            follower.follow(actor, organization_ids)
