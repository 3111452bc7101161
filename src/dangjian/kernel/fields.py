"""Model fields for personal data: names of people, what is encrypted at rest, and how it is masked.

    name = NameField("姓名", max_length=64)                        # kept and searched as ``kernel.names`` says
    Member.objects.filter(name__icontains="迪丽热巴 迪力")           # finds 迪丽热巴·迪力木拉提; name__named: the whole name

    resident_id = EncryptedTextField("公民身份号码", blank=True)
    resident_id_index = BlindIndexField(source="resident_id")

    member.resident_id                                            # plain text, decrypted when first read
    Member.objects.filter(resident_id_index__matches="440101…")    # found without decrypting
    Member.objects.filter(resident_id="")                         # not filled in (also isnull)

A list that does not show the column never decrypts it. ``values()`` and ``values_list()`` give a :class:`Ciphertext`;
call its ``open()``.
``QuerySet.update`` and ``save(update_fields=…)`` must name the index together with its source: the latter is checked.
"""

import re
from typing import Any, ClassVar, Final, Self, cast

from django.core.exceptions import EmptyResultSet, FieldError
from django.db import models
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact, IsNull, Lookup
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import pre_save

from dangjian.kernel import crypto, names


class NameField(models.CharField[str | Combinable, str]):
    """The name of a person, written in one way (``names.clean``), and found however it is typed.

    Searching (``contains``, ``icontains``, and ``named`` for the whole name) disregards blanks, dots and the case of letters.
    """

    def deconstruct(self) -> Any:
        """For the database it is a column of characters like any other."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> object:
        """The name as it is kept, on the object too."""
        value = self.get_prep_value(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        """The name as it is kept and compared."""
        kept = super().get_prep_value(value)
        return names.clean(kept) if isinstance(kept, str) else kept


class _Named(Lookup[Any]):
    """``name__named="丙　二"``: the whole name, however it is written."""

    lookup_name = "named"
    around: ClassVar[str] = ""
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Compare what is left of both without dots and blanks."""
        typed = str(self.rhs)
        wanted = names.bare(typed)
        if not wanted and typed.strip():
            raise EmptyResultSet
        column, params = self.process_lhs(compiler, connection)
        kept = f"UPPER(REPLACE(REPLACE(REPLACE({column}, '·', ''), ' ', ''), '.', ''))"
        literal = re.sub("[%_!]", r"!\g<0>", wanted)
        return f"{kept} LIKE UPPER(%s) ESCAPE '!'", [*params, f"{self.around}{literal}{self.around}"]


class _NamedLike(_Named):
    """A part of a name, however it is written."""

    lookup_name = "contains"
    around = "%"


class _NamedLikeAnyCase(_NamedLike):
    lookup_name = "icontains"


for _lookup in (_Named, _NamedLike, _NamedLikeAnyCase):
    NameField.register_lookup(_lookup)


class Ciphertext(str):
    """A stored value that has not been decrypted. ``context`` is the column it was encrypted for."""

    __slots__ = ("context",)

    context: str

    @classmethod
    def of(cls, stored: str, context: str) -> Self:
        """``stored``, as it lies in the database in the column ``context``."""
        made = cls(stored)
        made.context = context
        return made

    def open(self) -> str:
        """The plain text. :raises crypto.CryptoError: see :func:`crypto.decrypt`."""
        return crypto.decrypt(str(self), self.context)


class _Opening(DeferredAttribute):
    """Decrypts when the attribute is first read, and keeps the plain text on the object."""

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is not None and isinstance(value, Ciphertext):
            value = instance.__dict__[self.field.attname] = value.open()
        return value

    # Without it the value in the instance's dictionary would hide __get__.
    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class _OnlyEmpty(Exact[Any]):
    """Compares with nothing: equal texts have different ciphertexts."""

    def get_prep_lookup(self) -> object:
        if self.rhs is None or self.rhs == "":
            return self.rhs
        raise _unsearchable(self.lhs.output_field, "exact")


def _unsearchable(field: Any, lookup: str) -> FieldError:
    return FieldError(
        f"{field.context} is encrypted and cannot be searched with “{lookup}”; "
        f"use isnull, compare with '' or None, or search its BlindIndexField with __matches."
    )


class EncryptedTextField(models.TextField[Any, Any]):
    """Text kept encrypted; "" and None are stored as they are, so that "not filled in" can be asked.

    ``context`` is what the text is bound to, by default ``app.Model.field``; give the old one when a model or field is renamed.
    """

    descriptor_class = _Opening

    def __init__(self, *args: Any, context: str = "", **kwargs: Any) -> None:
        self._context = context
        super().__init__(*args, **kwargs)

    @property
    def context(self) -> str:
        """What values of this column are bound to."""
        return self._context or f"{self.model._meta.label}.{self.name}"

    def deconstruct(self) -> Any:
        """What a migration writes of the field."""
        name, path, args, kwargs = super().deconstruct()
        if self._context:
            kwargs["context"] = self._context
        return name, path, args, kwargs

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        """The stored value, unopened."""
        return Ciphertext.of(value, self.context) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> object:  # noqa: ARG002 - Django's signature
        """The value as it stands: one that was never read goes back as it came, without being decrypted."""
        return model_instance.__dict__.get(self.attname)

    def get_prep_value(self, value: Any) -> Any:
        """What is stored."""
        if value is None or value == "":
            return value
        if isinstance(value, Ciphertext):
            if value.context == self.context:
                return str(value)
            value = value.open()
        return crypto.encrypt(str(value), self.context)

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        """Only "is there anything" can be asked. :raises FieldError: for the rest."""
        if lookup_name == "isnull":
            return IsNull
        if lookup_name == "exact":
            return _OnlyEmpty
        raise _unsearchable(self, lookup_name)


class _Deriving(DeferredAttribute):
    """Gives the index of the source's present text, and the stored index as long as the source was not touched."""

    field: "BlindIndexField"

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return super().__get__(instance, cls)
        source = instance.__dict__.get(self.field.source, _ABSENT)
        if source is _ABSENT:
            return super().__get__(instance, cls)
        if isinstance(source, Ciphertext):
            stored = instance.__dict__.get(self.field.attname)
            return stored or self.field.index_of(source.open())
        return self.field.index_of(source or "")

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


_ABSENT = object()
_IMPLIED: Final = {"max_length": 43, "blank": True, "default": "", "editable": False, "db_index": True}


class BlindIndexField(models.CharField[Any, Any]):
    """The blind index of the encrypted field named ``source`` on the same model; "" while that is empty.

    It follows its source by itself, in ``save``, ``bulk_create`` and ``bulk_update``, and is never assigned.
    """

    descriptor_class = _Deriving

    def __init__(self, *, source: str, **kwargs: Any) -> None:
        self.source = source
        for name, value in _IMPLIED.items():
            kwargs.setdefault(name, value)
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        """What a migration writes of the field."""
        name, path, args, kwargs = super().deconstruct()
        kwargs = {key: value for key, value in kwargs.items() if key not in _IMPLIED}
        return name, path, args, kwargs | {"source": self.source}

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Watch that the source is never saved without its index."""
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract:
            pre_save.connect(self._check_update, sender=cls)

    def _check_update(self, update_fields: Any = None, **_: object) -> None:
        if update_fields is not None and self.source in update_fields and self.name not in update_fields:
            raise ValueError(f"update_fields names “{self.source}” without “{self.name}”: the record could no longer be found.")

    def index_of(self, text: str) -> str:
        """The index of ``text`` in this column; "" of ""."""
        if not text:
            return ""
        source = cast("EncryptedTextField", self.model._meta.get_field(self.source))
        return crypto.blind_index(text, source.context)

    def pre_save(self, model_instance: models.Model, add: bool) -> object:  # noqa: ARG002 - Django's signature
        """The index of what the source holds now."""
        return getattr(model_instance, self.attname)


@BlindIndexField.register_lookup
class _Matches(Exact[Any]):
    """``resident_id_index__matches="440101…"``: the rows whose source is this text. Empty text matches nothing."""

    lookup_name = "matches"

    def get_rhs_op(self, connection: object, rhs: str) -> str:  # noqa: ARG002 - Django's signature
        """Compare for equality."""
        return f"= {rhs}"

    def get_prep_lookup(self) -> str | None:
        if not isinstance(self.rhs, str):
            raise FieldError("“matches” takes the text to look for.")
        # An empty text has the index "", which every record without a number has too.
        return self.lhs.output_field.index_of(self.rhs.strip()) or "-"


_RUN = re.compile(r"\d+[Xx]?")
"""Digits that belong together. Whatever shape a text has, none of its numbers is shown in full."""


def mask_resident_id(text: str) -> str:
    """The first six and last four characters: ``440101********1234``. A number too short for it is hidden altogether."""
    masked = _RUN.sub(lambda run: _mask(run[0], 6, 4) if len(run[0]) >= 15 else "*" * len(run[0]), text)
    return masked if masked != text else "*" * len(text)


def mask_phone(text: str) -> str:
    """``138****0000``; of other numbers the last four digits are hidden, short ones altogether unless an area code before one."""
    longest = max((len(run[0]) for run in _RUN.finditer(text)), default=0)

    def masked(run: re.Match[str]) -> str:
        digits = run[0]
        if re.fullmatch(r"1\d{10}", digits):
            return _mask(digits, 3, 4)
        if len(digits) > 4:
            return f"{digits[:-4]}****"
        return digits if digits.startswith("0") and longest > 4 else "*" * len(digits)

    if longest:
        return _RUN.sub(masked, text)
    return f"{text[:-4]}****" if len(text) > 4 else "*" * len(text)


_AREA = re.compile(r"^(?:.{1,8}?(?:省|自治区|特别行政区))?(?:.{1,10}?(?:市|自治州|地区|盟))?(?:.{1,10}?(?:区|县|旗|市))?")


def mask_address(text: str) -> str:
    """Down to the district: ``广东省广州市越秀区****``. An address that names none keeps its first two characters."""
    if not text:
        return ""
    found = _AREA.match(text)
    kept = found[0] if found and len(found[0]) < len(text) else ""
    return f"{kept or text[: min(2, len(text) - 1)]}****"


def _mask(text: str, head: int, tail: int) -> str:
    return f"{text[:head]}{'*' * (len(text) - head - tail)}{text[-tail:]}"
