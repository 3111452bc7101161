"""Openings: what may be seen or written beyond the scope of the page, each named by what is really meant.

========================= =====================================================================================
``own(Bill, user_id)``    the rows of one person, wherever they stand; a queryset
``at(branch, committee)`` work on these organisations themselves: the sides of a transfer, whose rights were asked
``inside(committee)``     work on an organisation and all below it
``either(Case, …)``       rows of which one side or the other is inside a scope, to be read only
``register(Post)``        all rows of one kind, to be read only: a fact that does not depend on who asks
``locked(row, check=…)``  one row read anew and held until the end of the transaction, for whoever ``check`` lets pass
``hold(row, check=…)``    the same, into the object that was handed over: its owner sees what became of it
========================= =====================================================================================

The narrowest that fits is meant. ``org.unscoped`` opens everything, for jobs and maintenance alone.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.db.models import Q

from dangjian.kernel.actor import Place
from dangjian.kernel.errors import NotFound
from dangjian.kernel.reach import Reach, Scope
from dangjian.org.scope import OwnedQuerySet, Row, opened


def own(model: type[Row], user_id: int | None) -> OwnedQuerySet[Row]:
    """The rows of ``model`` that are about one person, wherever they stand; they may be changed by the queryset's ``update``.

    The model says by ``account_path`` whose a row is. Without an account (a system's work) there are none.

    >>> own(Bill, request.user.pk).filter(settled_on=None)
    """
    if not model.account_path:
        message = f"{model.__name__} does not say whose its rows are (account_path)"
        raise TypeError(message)
    rows = _all(model).filter(**{model.account_path: user_id}) if user_id is not None else _all(model).none()
    rows.of_person = True
    return rows


def at(*organizations: Place) -> AbstractContextManager[None]:
    """Work on these organisations themselves (a branch with its groups), and on nothing below or beside them.

    For an action that has asked for the actor's right to the matter: both sides of a transfer, the branch of a payment and the
    organisation that keeps the account.
    """
    return opened(Scope.of(Reach(one.path, whole=one.path != one.body_path) for one in organizations))


def inside(*organizations: Place) -> AbstractContextManager[None]:
    """Work on organisations and all below them: for an action that has asked for the actor's right to them."""
    return opened(Scope.of(Reach(one.path) for one in organizations))


def either(model: type[Row], scope: Scope, *sides: str) -> OwnedQuerySet[Row]:
    """Rows of ``model`` of which one of ``sides`` (``organization__``, ``other_side__``) is inside ``scope``, to be read only.

    What goes from one organisation to another is seen by both. ``scope`` is where the reader holds the right to see such rows.

    >>> either(ProcedureCase, actor.scope_of("transfers.view"), "organization__", "other_side__")
    """
    inside_one = Q(pk__in=())
    for side in sides:
        inside_one |= scope.q(side)
    rows = _all(model).filter(inside_one)
    rows.read_only = True
    return rows


def register(model: type[Row]) -> OwnedQuerySet[Row]:
    """All rows of ``model``, to be read only: for what is the same whoever asks (a code is used once, who holds a post).

    For queries and actions. What is found may be counted, compared and named in a refusal; whether it may be *shown* is for the
    caller to say.
    """
    rows = _all(model)
    rows.read_only = True
    return rows


def locked(row: Row, *follow: str, check: Callable[[Row], object]) -> Row:
    """``row`` as it is now, held until the end of the transaction, if ``check`` does not raise.

    Two people at one thing take turns: the second finds what the first has done. So the row is read first and judged then, and
    ``check`` must ask for the actor's right to it. ``follow`` names what is read with it (``member__branch``).

    :raises NotFound: if it is gone.
    """
    rows = _all(type(row)).select_for_update(of=("self",))
    found = (rows.select_related(*follow) if follow else rows).filter(pk=row.pk).first()
    if found is None:
        raise NotFound
    check(found)
    return found


def hold(row: Row, *follow: str, check: Callable[[Row], object]) -> None:
    """As ``locked``, but reads into ``row`` itself: for an action whose caller goes on with the object that was handed over.

    :raises NotFound: if it is gone.
    """
    rows = _all(type(row)).select_for_update(of=("self",))
    try:
        row.refresh_from_db(from_queryset=rows.select_related(*follow) if follow else rows)
    except type(row).DoesNotExist:
        raise NotFound from None
    row.stood_at = row.stands_at()
    check(row)


def _all(model: type[Row]) -> OwnedQuerySet[Row]:
    return model.objects.of_all()
