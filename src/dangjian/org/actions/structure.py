"""What other apps are told when organisations are set up or others hold their posts."""

from collections.abc import Collection

from dangjian.kernel.actor import Actor
from dangjian.kernel.registry import offers
from dangjian.org.offers import StructureFollower


def tell_followers(*, actor: Actor, organization_ids: Collection[int]) -> None:
    """Let follow what follows from it, once for all organisations of an action; called at its end, in its transaction."""
    if organization_ids:
        for follower in offers(StructureFollower):
            follower.follow(actor, organization_ids)
