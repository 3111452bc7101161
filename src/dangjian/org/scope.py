"""The scope: which organisations' rows a piece of work may see and touch.

No scope, no rows: a query on an ``OwnedModel`` outside a scope raises ``ScopeMissing``. The gate opens a scope for each request;
``org.openings`` says what is meant beyond it, and a job opens everything by ``org.unscoped``.

What a scope covers is said by ``kernel.reach``.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models

from dangjian.kernel.reach import Scope

if TYPE_CHECKING:
    from dangjian.org.models import Organization


class ScopeMissing(RuntimeError):
    """A query on owned rows with no scope open: a mistake in the program, never the user's."""


class OutsideScope(RuntimeError):
    """A write to a row outside the scope: the action should have refused it before."""


Later = Callable[[], Scope]
"""A scope that is worked out when the first owned row is asked for: a page that asks for none does not pay for it."""

_current: ContextVar[Scope | Later | None] = ContextVar("scope", default=None)


def current() -> Scope:
    """The scope that is open. Raises ``ScopeMissing`` if none is."""
    scope = _current.get()
    if scope is None:
        message = "owned rows were asked for outside a scope"
        raise ScopeMissing(message)
    return scope if isinstance(scope, Scope) else scope()


@contextmanager
def opened(scope: Scope | Later) -> Iterator[None]:
    """Work inside ``scope``."""
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)


Row = TypeVar("Row", bound="OwnedModel")


class OwnedQuerySet(models.QuerySet[Row]):
    """Rows of organisations. What is written through it lies inside the scope, whenever and wherever the queryset was made."""

    read_only = False
    """Made for a fact that does not depend on who asks (``openings.register``)."""
    of_person = False
    """The rows of one person (``openings.own``), which may be written wherever they lie."""
    made_in: Scope | None = None

    def _clone(self) -> Self:
        copy: Self = super()._clone()  # type: ignore[misc]  # django-stubs does not name it
        copy.read_only, copy.of_person, copy.made_in = self.read_only, self.of_person, self.made_in
        return copy

    def _writable(self) -> Self:
        """These rows, less those outside the scope of now. Raises ``OutsideScope`` if they are only to be read."""
        if self.read_only:
            message = f"{self.model.__name__} was asked for to be read only"
            raise OutsideScope(message)
        scope = current()
        if self.of_person or scope.reaches is None or scope == self.made_in:
            return self
        rows = self.filter(scope.q(self.model.owner_prefix))
        rows.made_in = scope
        return rows

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        """As Django's, refused if a row lies outside the scope.

        A row that is there already may be written over (``update_conflicts``) only if what it is known by names its owner.
        """
        rows = list(objs)
        self._writable()
        self.model.check_in_scope(rows)
        if kwargs.get("update_conflicts") and current().reaches is not None:
            self._check_conflicts(kwargs.get("unique_fields") or ())
        return super().bulk_create(rows, *args, **kwargs)

    def _check_conflicts(self, known_by: Iterable[str]) -> None:
        owner: set[str] = self.model.owner_columns()
        if not owner & set(known_by):
            message = f"{self.model.__name__} is known by {known_by}: what stands there may lie outside the scope"
            raise OutsideScope(message)

    def bulk_update(self, objs: Iterable[Row], fields: Iterable[str], batch_size: int | None = None) -> int:
        """As Django's, refused if a row would go to an owner outside the scope."""
        rows, columns = list(objs), list(fields)
        if self.model.owner_columns() & set(columns):
            self.model.check_in_scope(rows)
        return super(OwnedQuerySet, self._writable()).bulk_update(rows, columns, batch_size=batch_size)

    def update(self, **values: Any) -> int:
        """As Django's, refused if the rows would go to an owner outside the scope."""
        self.model.check_new_owner(values)
        return super(OwnedQuerySet, self._writable()).update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's."""
        return super(OwnedQuerySet, self._writable()).delete()

    delete.alters_data = True  # type: ignore[attr-defined]  # as Django marks its own
    delete.queryset_only = True  # type: ignore[attr-defined]  # as Django marks its own


class OwnedManager(models.Manager[Row]):
    """The manager of every owned model: limited to the scope, and refused outside one.

    A model with rows of its own class writes ``objects = OwnedManager.from_queryset(DutyQuerySet)()``.
    """

    _queryset_class: type[OwnedQuerySet[Row]] = OwnedQuerySet

    def get_queryset(self) -> OwnedQuerySet[Row]:
        """The rows inside the scope."""
        scope = current()
        rows = self.of_all()
        if scope.reaches is not None:
            rows = rows.filter(scope.q(self.model.owner_prefix))
        rows.made_in = scope
        return rows

    def of_all(self) -> OwnedQuerySet[Row]:
        """The rows of all organisations: for ``org.openings`` alone, which says what for."""
        return self._queryset_class(self.model, using=self._db)


class OwnedModel(models.Model):
    """A row that belongs to an organisation through ``organization`` (or through ``owner_prefix`` of a parent row).

    A detail row (an agenda item of a meeting) sets ``owner_prefix = "meeting__organization__"`` and has no column of its own.
    """

    owner_prefix = "organization__"
    account_path = ""
    """The way to the account of the person whose row it is (``member__user_id``), for ``openings.own``."""

    stood_at: Mapping[str, Any] | None = None
    """Where the row stood when it was read, by ``stands_at``."""

    objects: ClassVar[OwnedManager[Self]] = OwnedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, refused outside the scope: both where the row stood, if it was read, and where it is to stand."""
        self._check_both_places()
        super().save(*args, **kwargs)
        self.stood_at = self.stands_at()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete, refused outside the scope."""
        self._check_both_places()
        return super().delete(*args, **kwargs)

    def stands_at(self) -> Mapping[str, object]:
        """The columns that say where it stands, as they are now; those that were not read are missing."""
        held = self.__dict__
        return {name: held[name] for name in self._standing_columns() if name in held}

    @classmethod
    @cache
    def _standing_columns(cls) -> tuple[str, ...]:
        return tuple(sorted(name for name in cls.owner_columns() if not cls.owner_prefix or name.endswith("_id")))

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        """As Django's; remembers where the row stood."""
        row = super().from_db(db, field_names, values)
        row.stood_at = row.stands_at()
        return row

    def _check_both_places(self) -> None:
        self.check_in_scope([self])
        if self._state.adding and self.pk is not None and current().reaches is not None:
            # Django would write over a row with this number.
            self.check_in_scope(type(self).objects.of_all().filter(pk=self.pk))
        if self.stood_at is not None and self.stood_at != self.stands_at() and current().reaches is not None:
            self.check_in_scope([type(self)(**self.stood_at)])

    def its_organization(self) -> "Organization":
        """The organisation this row belongs to."""
        found: Any = self
        for step in self.owner_prefix.removesuffix("__").split("__"):
            found = getattr(found, step) if step else found
        return found

    @classmethod
    def owner_columns(cls) -> set[str]:
        """The columns by which a row belongs to its organisation; of an organisation itself, those that say where it stands."""
        column = cls.owner_prefix.partition("__")[0]
        return {column, f"{column}_id"} if column else {"path", "body_path"}

    @classmethod
    def check_new_owner(cls, values: Mapping[str, object]) -> None:
        """Raise ``OutsideScope`` if ``values`` for many rows put them outside the scope: by an owner, its number, or a path.

        An expression is let pass: ``bulk_update`` writes its rows by one, and has looked at them before.
        """
        plain = {}
        for name in cls.owner_columns() & values.keys():
            value = values[name]
            if value is not None and not hasattr(value, "resolve_expression"):
                is_number = bool(cls.owner_prefix) and not isinstance(value, models.Model)
                plain[f"{name.removesuffix('_id')}_id" if is_number else name] = value
        if plain and current().reaches is not None:
            cls.check_in_scope([cls(**plain)])

    @classmethod
    def check_in_scope(cls, rows: Iterable["OwnedModel"]) -> None:
        """Raise ``OutsideScope`` if a row's organisation is not covered by the open scope."""
        scope = current()
        if scope.reaches is None:
            return
        for row in rows:
            owner = row.its_organization()
            if not scope.covers(owner.path, owner.body_path):
                message = f"{cls.__name__} of organisation {owner.pk} is outside the scope"
                raise OutsideScope(message)
