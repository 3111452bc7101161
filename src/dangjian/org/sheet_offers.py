"""A kind of spreadsheet that people upload to be checked, put right, entered and taken back, as an app hands it to the engine.

``engines.exchange`` does what is the same for every sheet: upload, safe reading, rows kept encrypted, problems by cell, the
preview, putting right, progress, entering as a whole, undoing. A ``Sheet`` says what its columns are, what a row means and what
becomes of it.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from django.urls import reverse

from dangjian.kernel.actor import Actor
from dangjian.kernel.spreadsheets.cells import Value

if TYPE_CHECKING:
    from django.forms import Field

    from dangjian.org.models import Organization

Outcome = Literal["new", "update", "decide", "ignored"]
EXAMPLE_MARK: Final = "示例"
"""A row whose name begins so is the template's example and is left out."""

UNKNOWN_WORD: Final = "word"
"""The kind of a remark on a word that stands for nothing here: it is not compared until the template says what it means."""

Progress = Callable[[int], None]
"""Called with the number of rows done so far, new ones and updates counted together."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A procedure that changes what entering a sheet does not. ``url(record_id)`` is where it begins for a record."""

    title: str
    url: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column: ``headers`` are the other names it is known under, beside ``title``.

    ``read(value)`` returns the clean value of a cell that is not empty (text, number, truth or date) or raises ``Invalid``; the
    problem is then sorted under ``kind``. Without it the column is left to the checker, also when it is required and empty.
    ``repeats`` says that many rows hold the same few values, so that each is read once. ``choices`` are offered as a list, when a
    row is put right those of ``choices_in(organization)`` instead. ``mask`` hides private values on screen. ``in_preview`` puts
    the column into the preview. In a column that ``holds_days`` a bare number counts days as its book does.

    ``write(clean)`` returns the cell for a clean value when the sheet goes out, by default the value as it is; ``read`` makes the
    same of it again.

    Entering does not change what a record on hand has in a column that is changed ``elsewhere``; one that ``fills`` it does where
    the record has nothing. ``of_work`` says that the item is about somebody's job, which those who manage it know best,
    ``kept_here`` that the platform is where it is decided.
    """

    code: str
    title: str
    headers: tuple[str, ...] = ()
    required: bool = False
    read: Callable[[Value], Any] | None = None
    kind: str = "text"
    repeats: bool = False
    example: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    choices_in: "Callable[[Organization], Sequence[str]] | None" = None
    mask: Callable[[str], str] | None = None
    in_preview: bool = False
    in_template: bool = True
    holds_days: bool = False
    write: Callable[[Any], Value] | None = None
    elsewhere: Elsewhere | None = None
    fills: bool = False
    of_work: bool = False
    kept_here: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one cell, or with the row (``column`` ""). A warning does not keep the row out."""

    column: str
    kind: str
    message: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that a row may be about, and what speaks for it (``why``, which lies readable in the database)."""

    record_id: int
    why: str


@dataclass(slots=True)
class Checked:
    """A row as understood: ``raw`` as typed, without empty cells; ``clean`` what ``SheetColumn.read`` made of it.

    The checker adds to ``clean`` whatever entering needs (text, numbers, truth, dates), complains, and says what will
    become of a row without faults: ``outcome``, and with "update" the ``record_id`` of what it changes. Two rows with one ``key``
    are doubles, which is complained of in ``key_column`` with the words ``doubled`` (``{first}`` is the number of the first row);
    a key of personal data is a blind index (``kernel.crypto``), as it lies readable in the database. ``node``, ``under`` and
    ``level`` put the row into the ``Picture`` of its sheet. ``number`` is the row's in the sheet. What is said of a row that will
    be ignored is shown only if it ``warns``. Of a row that is ``forgotten``, because it is about somebody who is not kept here,
    nothing is stored but its number.

    Of a row that is compared, ``told`` holds what it says in columns left to the checker, as ``OnRecord.values`` has it. Where it
    is not certain which record it is about, ``outcome`` is "decide" and ``candidates`` are those it may be; what a person has
    decided is ``decided``: the number of a record, 0 for none on record. ``organization_id`` is where it belongs, if known. One
    about which there is no record is ``takeable`` unless something speaks against entering it.
    """

    raw: Mapping[str, Value]
    clean: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    outcome: Outcome = "new"
    record_id: int | None = None
    key: str = ""
    key_column: str = ""
    doubled: str = ""
    is_example: bool = False
    warns: bool = False
    number: int = 0
    node: str = ""
    under: str = ""
    level: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    candidates: list[Candidate] = field(default_factory=list)
    decided: int | None = None
    organization_id: int | None = None
    takeable: bool = True
    forgotten: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether something must be put right."""
        return any(not problem.is_warning for problem in self.problems)

    def has(self, column: str) -> bool:
        """Whether something is wrong with ``column`` already."""
        return any(problem.column == column for problem in self.problems)

    def complain(self, column: str, kind: str, message: str, *, is_warning: bool = False) -> None:
        """Add a problem; ``kind`` is one of ``Sheet.kinds`` or of the engine's own (required, formula, duplicate, text)."""
        self.problems.append(Problem(column, kind, message, is_warning))


class Checker(Protocol):
    """Judges the rows of one upload; made anew for each check, so that it may keep what repeats from row to row."""

    def check(self, row: Checked) -> None:
        """Judge the row by itself, without a query. Cells were read, empty required ones complained of."""
        ...

    def compare(self, rows: Sequence[Checked]) -> None:
        """Hold some thousands of rows against what is on record, with a fixed number of queries; set ``outcome`` and ``key``.

        Rows that people left out are not among them. With ``Sheet.together`` all rows come in one call.
        """
        ...


@dataclass(frozen=True, slots=True)
class Upload:
    """What a file was uploaded for: where it goes, what was answered beside it (by the names of ``Sheet.questions``), by whom.

    ``filled`` are the columns in which some row has something: a blank there was not left by everybody. One that ``compares`` is
    the export of another system, held against what is on record: its rows may lack what tells a person for certain, and may
    differ in what entering does not change.
    """

    batch: int
    organization: "Organization"
    answers: Mapping[str, Any]
    by: Actor
    filled: Collection[str] = ()
    compares: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row to be entered (``values``: ``Checked.clean``) or taken back (``values``: what ``Done.kept`` held of it)."""

    number: int
    record_id: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What entering did. ``kept`` holds by row number what undoing will need; it lies encrypted and is deleted after 30 days."""

    new: int
    updated: int = 0
    kept: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


class Enter(Protocol):
    """``Sheet.enter``."""

    def __call__(self, *, actor: Actor, upload: Upload, new: Iterable[Row], updates: Iterable[Row], progress: Progress) -> Done:
        """Enter all rows, or raise a ``Refusal``. Runs inside the engine's one transaction."""
        ...


class Undo(Protocol):
    """``Sheet.undo``."""

    def __call__(self, *, actor: Actor, upload: Upload, entered_at: dt.datetime, kept: Iterator[Row], progress: Progress) -> int:
        """Take back what ``enter`` did, returning how many records that were, or raise a ``Refusal``."""
        ...


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A record as a row of its sheet: ``values`` by column, clean as ``SheetColumn.read`` makes them, without blank ones.

    Of a column that is left to the checker it is the cell's own value. ``organization_id`` is where the record belongs.
    """

    record_id: int
    organization_id: int
    values: Mapping[str, Any]


class NotedExport(Protocol):
    """``GoingOut.noted``."""

    def __call__(self, *, actor: Actor, record_ids: Sequence[int], summary: str, purpose: str) -> None:
        """Put on the trail of those whom the records are about that they left, and what for."""
        ...


@dataclass(frozen=True, slots=True)
class GoingOut:
    """How what is on record leaves as a sheet.

    ``rows(organization, only)`` returns what belongs to the organisation and what is below it in the order of the sheet, within
    the open scope; of the records ``only`` if some are named. It reads by the piece, so that memory does not grow with the rows.
    Whoever takes it out holds all ``permissions`` there. Of a sheet that ``needs_purpose`` (it holds private values in full) they
    say what for, and ``noted`` puts that on the trail. ``worked_out`` are titles of items that only go out, such as the age.
    ``numbers(organization)`` are the records there, each with the number of the organisation where it belongs, without reading
    what they hold. ``model`` is the table of the records, by whose label other apps ask what is known of one (``ItemSource``).
    """

    permissions: tuple[str, ...]
    rows: "Callable[[Organization, Collection[int] | None], Iterator[OnRecord]]"
    needs_purpose: bool = False
    noted: NotedExport | None = None
    worked_out: Mapping[str, str] = field(default_factory=dict)
    numbers: "Callable[[Organization], Iterable[tuple[int, int]]] | None" = None
    model: str = ""

    def numbers_in(self, organization: "Organization") -> Iterable[tuple[int, int]]:
        """All records there, each with the number of its organisation."""
        if self.numbers is not None:
            return self.numbers(organization)
        return ((one.record_id, one.organization_id) for one in self.rows(organization, None))


@dataclass(frozen=True, slots=True)
class Way:
    """Columns that tell a record together: a row that agrees with one record alone in all of them is about it.

    Where both sides fill one of the columns ``unless`` and differ in it, that is for a person to decide.
    """

    columns: tuple[str, ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """What a row may mean that no ``Way`` tells: records of its name, as ``fold`` makes them alike.

    ``why(theirs, ours)`` says in words what speaks for it by the values of ``columns`` and the name, "" if too little does.
    """

    fold: Callable[[str], str]
    columns: tuple[str, ...]
    why: Callable[[Mapping[str, Any], Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class NextStep:
    """What people do after entering: a link on the page of the result."""

    title: str
    detail: str
    url: str
    icon: str = "chevron-right"


@dataclass(frozen=True, slots=True)
class PictureNode:
    """Something on record on which rows may hang; ``under`` is the ``key`` of what it hangs on itself, "" at the top."""

    key: str
    under: str
    level: str
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A batch drawn as a tree before it is entered.

    The checker puts each row into it: ``Checked.node`` is its key in the tree, ``under`` the key of what it hangs on ("" if that
    is not known), ``level`` one of ``levels`` (titles by code, from the top down). ``there(upload)`` returns what is on record
    already, in the order in which it is shown; a row with such a key is that record. ``title(values)`` says what a row is called,
    by its ``Checked.clean``. Keys and levels lie readable in the database.
    """

    levels: Mapping[str, str]
    there: "Callable[[Upload], Iterable[PictureNode]]"
    title: Callable[[Mapping[str, object]], str]


@dataclass(frozen=True, slots=True)
class Words:
    """How the pages speak of a sheet: noun “名册”, subject “党员”, unit “名” (what rows are counted in).

    ``needs`` says in a sentence what must be on the platform before it, "" if nothing. ``advice`` says below the upload form
    which files will do, ``empty`` on the list where to begin, ``update`` what an update is, ``undo`` what undoing changes,
    ``ignored`` what becomes of rows that are ignored.
    """

    noun: str
    subject: str
    unit: str
    advice: tuple[str, ...]
    empty: str = "先下载模板填写，再上传。"
    update: str = ""
    undo: str = "这次导入写入的内容会全部撤回。"
    needs: str = ""
    ignored: str = "不会导入"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A kind of spreadsheet that holders of ``permission`` may upload.

    ``columns()`` and ``questions()`` are asked when needed, so that code lists and rules are those of the day. Questions are form
    fields beside the file; ``accept(organization, answers)`` may refuse the answers with ``Invalid`` (``fields`` by question).
    ``missing(organization, found)`` returns titles of columns without which the file is of no use, by default those required.
    ``name_column`` is what a row is called by; a row whose name begins with 示例 is the template's own and left out.
    ``kinds`` are titles of the problems that the checker finds. ``headers_left_aside`` are passed over without a word.
    ``said(answers)`` repeats the answers on the batch's page; ``next_steps(organization)`` are offered after entering.
    ``order`` is that in which sheets depend on each other: those of one workbook are entered in it. ``together`` says that rows
    are judged by one another: after a correction all of them are judged anew. ``picture`` draws the batch as a tree.
    ``of_people`` says that each row is a person: headings of sections are passed over, and one identity number under two names is
    wrong in both rows. ``answer_for(found)`` says whether, with the columns ``found``, unused columns of numbers must be answered
    for before anything is entered. ``figures(values)`` are shown in the preview beside a row, below ``figure_titles``.
    ``remedies(organization)`` leads, by the kind of problem, to the page on which its cause is mended for all rows at once.
    ``out`` says how what is on record leaves as this sheet. Exports of other systems are compared with the records of one that
    ``is_compared``: a row is about the record that one of the ways ``found_by`` tells, tried in their order, or that is ``near``,
    and the checker compares only rows about which there is none, as if they were entered. Without such ways the checker finds the
    records itself when an upload ``compares``, and ``appeared`` says of which of what an export said there are records by now.
    ``record_url(record_id)`` is where a record is put right. ``added`` and ``gone``
    are the procedures for what is in the export alone, or on record alone; of a sheet that has ``added`` nobody new is entered.
    """

    code: str
    title: str
    permission: str
    words: Words
    columns: Callable[[], Sequence[SheetColumn]]
    name_column: str
    checker: Callable[[Upload], Checker]
    enter: Enter
    undo: Undo | None = None
    questions: "Callable[[], Mapping[str, Field]]" = dict
    accept: "Callable[[Organization, Mapping[str, Any]], None]" = lambda _organization, _answers: None
    missing: "Callable[[Organization, Collection[str]], Sequence[str]] | None" = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    headers_left_aside: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    said: Callable[[Mapping[str, Any]], Sequence[str]] = lambda _answers: ()
    next_steps: "Callable[[Organization], Sequence[NextStep]]" = lambda _organization: ()
    remedies: "Callable[[Organization], Mapping[str, NextStep]]" = lambda _organization: {}
    together: bool = False
    of_people: bool = False
    answer_for: Callable[[Collection[str]], bool] = lambda _found: False
    figure_titles: tuple[str, ...] = ()
    figures: Callable[[Mapping[str, Any]], Sequence[str]] = lambda _values: ()
    picture: Picture | None = None
    out: GoingOut | None = None
    is_compared: bool = False
    found_by: tuple[Way, ...] = ()
    near: Near | None = None
    appeared: Callable[[Mapping[int, Mapping[str, Any]]], Collection[int]] | None = None
    added: Elsewhere | None = None
    gone: Elsewhere | None = None
    record_url: Callable[[int], str] | None = None
    order: int = 100

    @property
    def upload_url(self) -> str:
        """The page on which a file of this kind is uploaded."""
        return upload_url(self.code)


def upload_url(code: str) -> str:
    """The page on which a file of the sheet ``code`` is uploaded."""
    return f"{reverse('exchange:upload')}?sheet={code}"
