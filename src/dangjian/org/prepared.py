"""Questions whose SQL is put together once and then only filled in: for what every page asks again and again.

To compose a queryset and to compile it takes Django some milliseconds, more than the database needs for the answer. A function
marked here is composed once for each shape of its arguments; from then on its values are put into the finished SQL::

    @prepared_number
    def unread(user_id: int) -> int:
        return Notification.objects.filter(user_id=user_id, read_at=None).count()

    unread(7)  # the number
    prepared_sql.numbers([unread.of(7), others.of(7)])  # several of them with one statement

``prepared_rows`` marks a function that returns a queryset; it becomes a list. ``prepared_figures`` marks one that ends in
``aggregate`` of whole numbers.

What a marked function may do: ask **one** question with its arguments, the scope and the clock. Numbers, texts, days, instants,
tuples of numbers, and scopes are filled in; any other argument (``None``, a status) and whatever is named (``limit=3``) belongs
to the shape, as does the number of organisations in a scope. It must not look at a value (``if day > …``) nor ask for a rule,
and may only shift a value (``today - two_weeks``): the function is composed twice with different made-up values, and what does
not come out alike raises ``NotPreparable`` at the first use. Where ``PREPARED_IS_CHECKED`` is set, as in the settings of the
tests, each question is also composed anew and compared when it is asked with these values for the first time in a test
(``compare_again``).
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

from dangjian.kernel import clock, prepared_sql
from dangjian.kernel.prepared_sql import Question
from dangjian.kernel.reach import Scope
from dangjian.org import scope
from dangjian.org.made_up import TIMES, MadeUp, Place, flat, place, shape

P = ParamSpec("P")
Row = TypeVar("Row")

SHAPES = 300
"""Shapes kept of one function; whoever comes with more is answered without keeping theirs."""


class NotPreparable(TypeError):
    """A marked function does more than to ask one question with its values: a mistake in the program."""


class _TakenDown(Exception):
    def __init__(self, sql: str, values: Sequence[Any]) -> None:
        super().__init__(sql)
        self.asked = _Asked(sql, tuple(values or ()))


class _ScopeAsked(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Asked:
    """A statement with its values; for rows also what makes objects of its answer. Without SQL the answer is nothing."""

    sql: str = ""
    values: tuple[Any, ...] = ()
    queryset: "QuerySet[Any] | None" = None
    compiler: Any = None
    converters: Any = None


@dataclass(frozen=True, slots=True)
class _Composed:
    """A statement whose values are places to be filled."""

    asked: _Asked
    places: tuple[Place, ...]

    is_timed: bool

    def filled(self, values: Iterable[Any]) -> tuple[Any, ...]:
        now = clock.now() if self.is_timed else None
        given = [now, clock.today() if self.is_timed else None, *values]
        return tuple(each.filled(given) for each in self.places)


def _key(arguments: tuple[Any, ...], fixed: dict[str, object], where: Scope | None) -> tuple[object, ...]:
    """What of a question makes another statement."""
    return *shape((*arguments, where)), *fixed.items()


_compared: set[tuple[object, ...]] = set()
"""Questions that were composed anew and came out alike."""


def compare_again() -> None:
    """Where questions are compared (``PREPARED_IS_CHECKED``), begin afresh: a test relies on no comparison of another one."""
    _compared.clear()


class _Prepared(Generic[P]):
    """A marked function, with what is common to all kinds."""

    def __init__(self, function: Callable[P, Any]) -> None:
        self.__doc__ = function.__doc__
        self.name = f"{function.__module__}.{function.__qualname__}"
        self._function: Callable[..., Any] = function
        self._kept: dict[object, _Composed] = {}
        self._is_scoped = False  # until it asks for the scope: one's own rows need none, and may be asked before there is one

    def _ready(self, arguments: tuple[Any, ...], fixed: dict[str, object]) -> tuple[_Asked, tuple[Any, ...]]:
        """The statement for these arguments, and its values."""
        composed, where = self._composed_for(arguments, fixed)
        values = composed.filled(flat((*arguments, where)))
        if settings.PREPARED_IS_CHECKED:
            self._compare(composed.asked.sql, values, arguments, fixed, where)
        return composed.asked, values

    def _compare(
        self,
        sql: str,
        values: tuple[Any, ...],
        arguments: tuple[Any, ...],
        fixed: dict[str, object],
        where: Scope | None,
    ) -> None:
        question = self.name, *_key(arguments, fixed, where), *flat((*arguments, where)), clock.now()
        if question in _compared:
            return
        anew = self._ask(arguments, fixed)
        if (anew.sql, anew.values) != (sql, values):
            message = f"{self.name} asks {anew.sql} {anew.values}, prepared was {sql} {values}"
            raise NotPreparable(message)
        _compared.add(question)

    def _composed_for(self, arguments: tuple[Any, ...], fixed: dict[str, object]) -> tuple[_Composed, Scope | None]:
        where = scope.current() if self._is_scoped else None
        key = _key(arguments, fixed, where)
        composed = self._kept.get(key)
        if composed is None:
            try:
                composed = self._compose(arguments, fixed, where)
            except _ScopeAsked:
                self._is_scoped = True
                return self._composed_for(arguments, fixed)
            if len(self._kept) < SHAPES:
                self._kept[key] = composed
        return composed, where

    def _compose(self, arguments: tuple[Any, ...], fixed: dict[str, object], where: Scope | None) -> _Composed:
        one, other = MadeUp(0), MadeUp(1)
        asked, again = (self._ask_with(each, arguments, fixed, where) for each in (one, other))
        if (asked.sql, len(asked.values), _beside(asked)) != (again.sql, len(again.values), _beside(again)):
            message = f"{self.name} looks at its values: composed twice, it asks {asked.sql} and {again.sql}"
            raise NotPreparable(message)
        try:
            places = tuple(place(a, b, one.given, other.given) for a, b in zip(asked.values, again.values, strict=True))
        except ValueError as error:
            message = f"{self.name} makes something of its values that cannot be filled in: {error}"
            raise NotPreparable(message) from error
        return _Composed(asked, places, any(each.source in TIMES for each in places))

    def _ask_with(
        self,
        made_up: MadeUp,
        arguments: tuple[object, ...],
        fixed: dict[str, object],
        where: Scope | None,
    ) -> _Asked:
        """What the function asks with made-up values, in a made-up scope, at a made-up time."""
        values = tuple(made_up.argument(each) for each in arguments)
        made_up_scope = None if where is None else made_up.scope(where)

        def asked_for() -> Scope:
            if made_up_scope is None:
                raise _ScopeAsked
            return made_up_scope

        with clock.supposed(made_up.now), scope.opened(asked_for):
            return self._ask(values, fixed)

    def _ask(self, arguments: tuple[Any, ...], fixed: dict[str, object]) -> _Asked:
        try:
            with _taking_down():
                answered = self._function(*arguments, **fixed)
        except _TakenDown as taken:
            return taken.asked
        return self._unasked(answered)

    def _unasked(self, answered: Any) -> _Asked:
        """What a function that asked nothing would ask."""
        if answered if isinstance(answered, int) else any(answered.values()):
            message = f"{self.name} answered {answered!r} without asking"
            raise NotPreparable(message)
        return _Asked()


class PreparedNumber(_Prepared[P]):
    """See ``prepared_number``."""

    def __call__(self, *arguments: P.args, **fixed: P.kwargs) -> int:
        """The number."""
        return prepared_sql.numbers([self.of(*arguments, **fixed)])[0]

    def of(self, *arguments: P.args, **fixed: P.kwargs) -> Question | int:
        """The question, to be asked together with others by ``prepared_sql.numbers``."""
        asked, values = self._ready(arguments, fixed)
        return Question(asked.sql, values) if asked.sql else 0


class PreparedFigures(_Prepared[P]):
    """See ``prepared_figures``."""

    def __call__(self, *arguments: P.args, **fixed: P.kwargs) -> dict[str, int]:
        """The numbers by name; empty if there can be none."""
        asked, values = self._ready(arguments, fixed)
        return prepared_sql.named(asked.sql, values)[0] if asked.sql else {}


class PreparedRows(_Prepared[P], Generic[P, Row]):
    """See ``prepared_rows``."""

    def __call__(self, *arguments: P.args, **fixed: P.kwargs) -> list[Row]:
        """The rows."""
        asked, values = self._ready(arguments, fixed)
        if asked.queryset is None:
            return []
        compiler = copy.copy(asked.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]  # that of this thread
        compiler.as_sql = lambda: (asked.sql, values)
        compiler.get_converters = lambda _: asked.converters
        rows = asked.queryset.all()
        # Django makes the objects and asks for what is prefetched; it only does not compose the statement again.
        vars(rows.query).update(get_compiler=lambda *_, **__: compiler)
        return list(rows)

    def _unasked(self, answered: Any) -> _Asked:
        compiler = answered.query.get_compiler(DEFAULT_DB_ALIAS)
        try:
            sql, values = compiler.as_sql()
        except EmptyResultSet:
            return _Asked()
        converters = compiler.get_converters([column for column, *_ in compiler.select[: compiler.col_count]])
        compiler.connection = None
        return _Asked(sql, tuple(values), answered, compiler, converters)


def prepared_number(function: Callable[P, int]) -> PreparedNumber[P]:
    """``function`` ends in ``count()``."""
    return PreparedNumber(function)


def prepared_figures(function: Callable[P, dict[str, int]]) -> PreparedFigures[P]:
    """``function`` ends in ``aggregate(…)`` of whole numbers."""
    return PreparedFigures(function)


def prepared_rows(function: "Callable[P, QuerySet[Any, Row]]") -> PreparedRows[P, Row]:
    """``function`` returns a queryset, which it has not evaluated."""
    return PreparedRows(function)


@contextmanager
def _taking_down() -> Iterator[None]:
    """Statements are taken down, not asked."""

    def take_down(_execute: Any, sql: str, values: Any, _many: bool, _context: object) -> None:
        raise _TakenDown(sql, values)

    link = connections[DEFAULT_DB_ALIAS]
    logs, link.force_debug_cursor = link.force_debug_cursor, False  # nor are they counted among those that were
    try:
        with link.execute_wrapper(take_down):
            yield
    finally:
        link.force_debug_cursor = logs


def _beside(asked: _Asked) -> list[object]:
    """What will be asked for the rows beside the statement: none of it may depend on a value."""
    queryset: Any = asked.queryset
    lookups = () if queryset is None else queryset._prefetch_related_lookups  # noqa: SLF001 - Django offers no public way
    querysets = [getattr(each, "queryset", None) for each in lookups]
    return [each.query.sql_with_params() for each in querysets if each is not None]
