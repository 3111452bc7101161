"""Who does a thing. Actions of every floor take an ``actor``; ``org.gate`` makes real ones."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from dangjian.kernel.errors import PermissionDenied, Refusal
from dangjian.kernel.reach import Scope

About = ParamSpec("About")


class Place(Protocol):
    """An organisation, as far as a right to it is asked: where it stands."""

    @property
    def path(self) -> str:
        """Its place in the tree."""
        ...

    @property
    def body_path(self) -> str:
        """The place of its body: of the branch for a group, else its own."""
        ...


class NamedPlace(Place, Protocol):
    """An organisation that a refusal can name."""

    @property
    def short_name(self) -> str:
        """What people call it."""
        ...


class Actor(Protocol):
    """A person (or the system, for a stated reason) with what it may do and where."""

    @property
    def user_id(self) -> int | None:
        """The account, or ``None`` for the system."""
        ...

    @property
    def name(self) -> str:
        """What the event trail calls the actor."""
        ...

    @property
    def address(self) -> str:
        """Network address the request came from, empty for jobs."""
        ...

    def may(self, permission: str, organization: Place | None = None) -> bool:
        """Whether the actor holds ``permission`` at ``organization`` (anywhere, if none is named)."""
        ...

    def require(self, permission: str, organization: NamedPlace | None = None) -> None:
        """Raise ``NotFound`` for a stranger to the organisation, ``PermissionDenied`` for who merely lacks the permission."""
        ...


class Visitor(Actor, Protocol):
    """The signed-in person of a request, who also knows where they may look."""

    @property
    def user_id(self) -> int:
        """The account."""
        ...

    @property
    def visible(self) -> Scope:
        """The scope of all organisations where they hold any role."""
        ...

    def scope_of(self, permission: str) -> Scope:
        """The scope in which they hold ``permission``."""
        ...


Asking = TypeVar("Asking", bound=Actor)


class SystemActor:
    """The system itself, doing a job or an operator's command for a stated reason. Holds every permission."""

    user_id: int | None = None
    address = ""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    @property
    def name(self) -> str:
        """What the trail shows."""
        return f"系统（{self.reason}）"[:64]

    def may(self, permission: str, organization: Place | None = None) -> bool:  # noqa: ARG002 - the protocol's signature
        """Always."""
        return True

    def require(self, permission: str, organization: NamedPlace | None = None) -> None:
        """Never raises."""


def may(check: Callable[Concatenate[Asking, About], object], actor: Asking, *about: About.args, **more: About.kwargs) -> bool:
    """Whether ``check``, which raises unless the actor may do a thing now, lets them pass; for what a page offers.

    >>> may(require_sending, request.actor, transfer)
    """
    try:
        check(actor, *about, **more)
    except Refusal:
        return False
    return True


def require_another(
    actor: Actor, first: int | None, message: str, *, how: str = "请由其他同志办理。", citation: str = ""
) -> None:
    """Raise ``PermissionDenied`` if the actor is the account ``first``, who did the first half of a thing that takes two people.

    The system is nobody, and may do the second half of what it began.
    """
    if actor.user_id is not None and actor.user_id == first:
        raise PermissionDenied(message, how=how, citation=citation)
