"""Encrypted model fields, their index and the masks. The rows lie in a table made for these tests."""

import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from hypothesis import given
from hypothesis import strategies as st

from dangjian.kernel import crypto
from dangjian.kernel.fields import (
    BlindIndexField,
    Ciphertext,
    EncryptedTextField,
    mask_address,
    mask_phone,
    mask_resident_id,
)

NUMBER = "990000199001010011"


class Card(models.Model):
    """A table of these tests alone."""

    number = EncryptedTextField(blank=True)
    number_index = BlindIndexField(source="number")
    note = EncryptedTextField(null=True, context="kernel_tests.Old.note")

    class Meta:
        app_label = "kernel_tests"

    def __str__(self) -> str:
        return self.number


@pytest.fixture
def table(transactional_db: None) -> Iterator[None]:
    with connection.schema_editor() as editor:
        editor.create_model(Card)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Card)


def _stored(column: str = "number") -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM kernel_tests_card ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.usefixtures("table")
class TestStoring:
    def test_the_database_holds_ciphertext_and_the_attribute_plain_text(self) -> None:
        Card.objects.create(number=NUMBER, note="备注")
        assert _stored()[0].startswith("k1:")
        assert NUMBER not in _stored()[0]
        card = Card.objects.get()
        assert (card.number, card.note) == (NUMBER, "备注")
        assert type(card.number) is str

    def test_empty_and_null_stay_as_they_are(self) -> None:
        Card.objects.create()
        assert _stored() == [""]
        assert _stored("note") == [None]
        assert _stored("number_index") == [""]
        assert (Card.objects.get().number, Card.objects.get().note) == ("", None)

    def test_nothing_is_decrypted_until_it_is_read(self) -> None:
        Card.objects.create(number=NUMBER)
        with crypto.using(crypto.Keyring({"k1": b"x" * 32})):
            card = Card.objects.get()
            card.note = "改"
            card.save()
            with pytest.raises(crypto.CryptoError):
                _ = card.number
        assert Card.objects.get().number == NUMBER

    def test_an_unread_value_goes_back_as_it_came(self) -> None:
        Card.objects.create(number=NUMBER)
        before = _stored()
        Card.objects.get().save()
        assert _stored() == before

    def test_deferred_columns_are_fetched_when_read(self) -> None:
        Card.objects.create(number=NUMBER)
        card = Card.objects.only("pk").get()
        assert card.number == NUMBER
        assert Card.objects.defer("number").get().number_index == card.number_index

    def test_values_are_opened_by_hand(self) -> None:
        Card.objects.create(number=NUMBER)
        value = Card.objects.values_list("number", flat=True).get()
        assert isinstance(value, Ciphertext)
        assert value.open() == NUMBER
        assert pickle.loads(pickle.dumps(value)).open() == NUMBER

    def test_a_value_copied_unread_to_another_column_is_encrypted_for_it(self) -> None:
        Card.objects.create(number=NUMBER)
        Card.objects.update(note=Card.objects.values_list("number", flat=True).get())
        assert Card.objects.get().note == NUMBER

    def test_a_typed_text_that_looks_encrypted_is_text(self) -> None:
        Card.objects.create(number="k1:AAAA")
        assert Card.objects.get().number == "k1:AAAA"


@pytest.mark.usefixtures("table")
class TestFinding:
    def test_by_the_index(self) -> None:
        card = Card.objects.create(number=NUMBER)
        Card.objects.create(number="13800000000")
        assert Card.objects.get(number_index__matches=f" {NUMBER} ") == card
        assert not Card.objects.filter(number_index__matches="13800000001").exists()

    def test_an_empty_text_finds_nobody(self) -> None:
        Card.objects.create()
        assert not Card.objects.filter(number_index__matches=" ").exists()

    def test_whether_it_is_filled_in(self) -> None:
        Card.objects.create(number=NUMBER, note="有")
        empty = Card.objects.create()
        assert list(Card.objects.filter(number="")) == [empty]
        assert list(Card.objects.filter(note=None)) == [empty]
        assert list(Card.objects.filter(note__isnull=True)) == [empty]
        assert Card.objects.exclude(number="").count() == 1

    @pytest.mark.parametrize(
        "lookup",
        [
            "number",
            "number__contains",
            "number__in",
            "number__startswith",
            "number__gt",
        ],
    )
    def test_every_other_question_is_refused_with_the_way_to_do_it(self, lookup: str) -> None:
        with pytest.raises(FieldError, match="BlindIndexField"):
            list(Card.objects.filter(**{lookup: NUMBER}))

    def test_the_index_follows_a_change(self) -> None:
        card = Card.objects.create(number=NUMBER)
        card = Card.objects.get(pk=card.pk)
        card.number = "13800000000"
        card.save()
        assert Card.objects.get(number_index__matches="13800000000") == card
        assert not Card.objects.filter(number_index__matches=NUMBER).exists()
        card.number = ""
        card.save()
        assert _stored("number_index") == [""]

    def test_the_index_is_made_in_bulk(self) -> None:
        cards = Card.objects.bulk_create([Card(number=str(13800000000 + n)) for n in range(5)])
        assert Card.objects.get(number_index__matches="13800000003") == cards[3]
        cards[3].number = NUMBER
        Card.objects.bulk_update(cards, ["number", "number_index"])
        assert Card.objects.get(number_index__matches=NUMBER) == cards[3]
        assert Card.objects.get(number_index__matches="13800000002") == cards[2]

    def test_saving_the_text_without_its_index_is_refused(self) -> None:
        card = Card.objects.create(number=NUMBER)
        before = _stored()
        card.number = "13800000000"
        with pytest.raises(ValueError, match="number_index"):
            card.save(update_fields=["number"])
        assert _stored() == before
        card.save(update_fields=["number", "number_index"])
        assert Card.objects.get(number_index__matches="13800000000") == card


def test_migrations_can_write_the_fields() -> None:
    for name in ("number", "number_index", "note"):
        field = Card._meta.get_field(name)
        text, imports = MigrationWriter.serialize(field)
        assert text.startswith("dangjian.kernel.fields.")
        assert "import dangjian.kernel.fields" in imports
        assert field.clone().deconstruct()[1:] == field.deconstruct()[1:]
    assert Card._meta.get_field("number").context == "kernel_tests.Card.number"
    assert Card._meta.get_field("note").context == "kernel_tests.Old.note"


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        (NUMBER, "990000********0011"),
        ("990000900101001", "990000*****1001"),
        ("1234567", "*******"),
        ("", ""),
    ],
)
def test_mask_resident_id(number: str, masked: str) -> None:
    assert mask_resident_id(number) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13800000000", "138****0000"),
        ("020-88880000", "020-8888****"),
        ("110", "***"),
        ("", ""),
    ],
)
def test_mask_phone(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("广东省广州市越秀区某某路1号", "广东省广州市越秀区****"),
        ("北京市海淀区某某街2号", "北京市海淀区****"),
        ("广西壮族自治区南宁市青秀区某路", "广西壮族自治区南宁市青秀区****"),
        ("某某小路3号", "某某****"),
        ("广州市", "广州****"),
        ("家", "****"),
        ("", ""),
    ],
)
def test_mask_address(address: str, masked: str) -> None:
    assert mask_address(address) == masked


@given(st.text(st.characters(blacklist_characters="*"), min_size=1, max_size=40))
def test_no_mask_shows_everything(text: str) -> None:
    for mask in (mask_resident_id, mask_phone, mask_address):
        assert text not in mask(text)
