"""What can be begun above a list, done in a row, or done with several rows at once, and what stands there instead of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar, cast

from django.db.models import Model
from django.urls import reverse

if TYPE_CHECKING:
    from dangjian.kernel.lists.asking import Asked

Row_contra = TypeVar("Row_contra", contravariant=True)

Address = str | Callable[[Row_contra], str]
"""A name of an address with the row's number, or a function of the row."""


def address_of(url: Address[Row_contra], row: Row_contra) -> str:
    """Where ``url`` leads for a row."""
    return url(row) if callable(url) else reverse(url, args=[number_of(row)])


def number_of(row: object) -> int:
    """The number by which an address names a row."""
    return cast("Model", row).pk


class StartShown(TypedDict):
    """A button above a list, for the template."""

    label: str
    address: str
    icon: str
    is_primary: bool


@dataclass(frozen=True, slots=True)
class Start:
    """A button above the list that begins something. ``url`` names an address or returns one; ``may`` says who sees it."""

    label: str
    url: str | Callable[[Asked], str]
    icon: str = "plus"
    may: Callable[[Asked], bool] = lambda _asked: True
    is_primary: bool = True

    def shown(self, asked: Asked) -> StartShown:
        """For the template."""
        address = self.url(asked) if callable(self.url) else reverse(self.url)
        return {"label": self.label, "address": address, "icon": self.icon, "is_primary": self.is_primary}


@dataclass(frozen=True, slots=True)
class RowAction(Generic[Row_contra]):
    """A button in a row; ``may`` asks what the action behind it asks.

    :param label: its word, or a function of the row where it says how much.
    :param url: where it leads, a name for one by the row's number.
    :param sends: what a form posts there; without it the button is a link.
    :param confirm: the question asked before that is posted, and with ``confirm_label`` the word on its button.
    :param called: of which row it is a button, for who hears the page, where its word does not say that.
    :param is_download: whether what is posted is answered by a file, while the page stays.
    """

    label: str | Callable[[Row_contra], str]
    url: Address[Row_contra]
    may: Callable[[Row_contra, Asked], bool]
    icon: str = ""
    tone: Literal["", "primary", "danger"] = "primary"
    sends: Callable[[Row_contra], dict[str, str]] | None = None
    confirm: Callable[[Row_contra], str] | None = None
    confirm_label: str = ""
    called: Callable[[Any], str] | None = None
    is_download: bool = False

    def shown(self, row: Row_contra) -> dict[str, object]:
        """For the template."""
        label = self.label(row) if callable(self.label) else self.label
        return {
            "label": label,
            "heard": f"{label}{self.called(row)}" if self.called else "",
            "address": address_of(self.url, row),
            "icon": self.icon,
            "tone": self.tone,
            "sends": None if self.sends is None else self.sends(row),
            "confirm": self.confirm(row) if self.confirm else "",
            "confirm_label": self.confirm_label,
            "is_download": self.is_download,
        }


@dataclass(frozen=True, slots=True)
class Act:
    """A button for all rows that are ticked; ``url`` names the address that gets their numbers."""

    label: str
    url: str
    icon: str
    may: Callable[[Asked], bool] = lambda _asked: True

    def shown(self) -> dict[str, str]:
        """For the template."""
        return {"label": self.label, "address": reverse(self.url), "icon": self.icon}


@dataclass(frozen=True, slots=True)
class Several(Generic[Row_contra]):
    """Several rows can be ticked, for what is done with all of them.

    :param name: the parameter with the numbers of the rows that are ticked.
    :param called: what a row's box is called for who hears the page.
    :param acts: buttons below the list; who may use none of them sees no box either.
    :param sends: whether the numbers are posted, for acts that are done at once; else they lead to a page that asks further.
    :param form: in the place of ``acts`` the template of a form sent with the numbers to the list's own address
        (``ListPage.posted``).
    :param may: whether a row can be ticked.
    """

    name: str
    called: Callable[[Row_contra], str]
    acts: tuple[Act, ...] = ()
    sends: bool = False
    form: str = ""
    may: Callable[[Row_contra, Asked], bool] = lambda _row, _asked: True

    def shown(self, asked: Asked, others: Sequence[Act] = ()) -> dict[str, object] | None:
        """For the template, or nothing for who may do none of it; ``others`` are acts of other apps."""
        acts = [one.shown() for one in (*self.acts, *others) if one.may(asked)]
        return {"name": self.name, "acts": acts, "form": self.form} if acts or self.form else None

    def box(self, row: Row_contra, asked: Asked) -> dict[str, object] | None:
        """The box of a row, or nothing where it cannot be ticked."""
        if not self.may(row, asked):
            return None
        number = str(number_of(row))
        return {"value": number, "called": self.called(row), "is_ticked": number in asked.request.POST.getlist(self.name)}


@dataclass(frozen=True, slots=True)
class Empty:
    """What stands there while the list has no row at all, with the next step for whoever may take it."""

    icon: str
    title: str
    text: str = ""
    start: Start | None = None

    def stated(self, asked: Any) -> dict[str, str]:
        """As ``{% empty_of %}`` takes it, with the next step for whoever may take it.

        ``asked`` is a list or statistics, as they are asked for.
        """
        shown = {"icon": self.icon, "title": self.title, "text": self.text}
        if self.start is None or not self.start.may(asked):
            return shown
        start = self.start.shown(asked)
        return {**shown, "action_url": start["address"], "action_label": start["label"], "action_icon": start["icon"]}


MISSED = Empty("search-off", "没有符合条件的内容", "换个条件，或清除筛选再看。")
