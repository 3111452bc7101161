"""Rows in bulk: what the table holds afterwards is what objects saved one by one would have left."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Value

from dangjian.engines.exchange.models import ImportBatch, ImportRow
from dangjian.kernel.bulk import MANY, filled, grown, insert_from, insert_rows, reserve
from dangjian.kernel.fields import Ciphertext
from dangjian.members.models import Education, Member
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _scope() -> object:
    with unscoped("the test looks at everything"):
        yield


@pytest.fixture
def batch() -> ImportBatch:
    found: ImportBatch = ImportBatch.objects.create(
        organization=make.committee(), uploaded_by=make.user("虚构人"), file_name="名册.xlsx", sheet_code="roster"
    )
    return found


def test_rows_get_defaults_and_encryption_as_if_they_were_saved(batch: ImportBatch) -> None:
    insert_rows(ImportRow, [{"number": 2, "payload": "甲"}, {"number": 3, "outcome": "new"}], batch_id=batch.pk)
    one, two = ImportRow.objects.order_by("number")
    assert (one.payload, one.outcome, one.left_out, one.record_id, one.key) == ("甲", "", False, None, "")
    assert (two.payload, two.outcome) == ("", "new")
    stored = ImportRow.objects.values_list("payload", flat=True).get(number=2)
    assert isinstance(stored, Ciphertext)
    assert "甲" not in str(stored)


def test_a_value_that_is_encrypted_for_the_column_goes_in_as_it_is(batch: ImportBatch) -> None:
    insert_rows(ImportRow, [{"number": 2, "payload": "甲"}], batch_id=batch.pk)
    stored = ImportRow.objects.values_list("payload", flat=True).get()
    insert_rows(ImportRow, [{"number": 3, "payload": stored}], batch_id=batch.pk)
    assert ImportRow.objects.values_list("payload", flat=True).get(number=3) == stored


def test_dates_and_truths_are_kept(batch: ImportBatch) -> None:
    branch = make.branch(make.committee())
    person = {"name": "虚构甲", "birth_on": dt.date(1980, 3, 7), "is_migrant_worker": True, "category": "1", "standing": "normal"}
    insert_rows(Member, [person], branch_id=branch.pk, organization_id=branch.pk)
    member = Member.objects.get()
    assert (member.birth_on, member.is_migrant_worker, member.branch) == (dt.date(1980, 3, 7), True, branch)


def test_nothing_is_inserted_for_no_rows() -> None:
    insert_rows(ImportRow, [])
    assert not ImportRow.objects.exists()


def test_numbers_that_were_reserved_are_taken_by_nobody_else(batch: ImportBatch) -> None:
    with transaction.atomic():
        numbers = reserve(ImportRow, 3)
        insert_rows(ImportRow, [{"id": pk, "number": place} for place, pk in enumerate(numbers)], batch_id=batch.pk)
    assert numbers == sorted(set(numbers))
    assert list(ImportRow.objects.order_by("number").values_list("pk", flat=True)) == numbers
    assert ImportRow.objects.create(batch=batch, number=9).pk > numbers[-1]
    with transaction.atomic():
        assert min(reserve(ImportRow, 2)) > numbers[-1] + 1


def test_rows_come_from_a_select_with_the_defaults_of_what_is_not_named() -> None:
    member = make.member(make.branch(make.committee()), education="21", school="虚构大学")
    rows = Member.objects.filter(pk=member.pk)
    assert insert_from(Education, [filled(Education, rows, member_id=F("pk"), level=F("education"), school=F("school"))]) == 1
    education = Education.objects.get()
    assert (education.member, education.level, education.school, education.major) == (member, "21", "虚构大学", "")


def test_what_exists_already_is_kept_or_refused(batch: ImportBatch) -> None:
    ImportRow.objects.create(batch=batch, number=2, outcome="problem")
    rows = ImportBatch.objects.filter(pk=batch.pk)
    selects = [filled(ImportRow, rows, batch_id=F("pk"), number=Value(number), outcome=Value("new")) for number in (2, 3)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_from(ImportRow, selects)
    assert insert_from(ImportRow, selects, keep_existing=True) == 1
    assert list(ImportRow.objects.order_by("number").values_list("number", "outcome")) == [(2, "problem"), (3, "new")]
    assert insert_from(ImportRow, []) == 0


def test_a_select_that_can_match_nothing_brings_nothing(batch: ImportBatch) -> None:
    nobody = filled(ImportRow, ImportBatch.objects.filter(pk__in=[]), batch_id=F("pk"), number=1)
    somebody = filled(ImportRow, ImportBatch.objects.filter(pk=batch.pk), batch_id=F("pk"), number=2)
    assert insert_from(ImportRow, [nobody]) == 0
    assert insert_from(ImportRow, [nobody, somebody]) == 1
    assert ImportRow.objects.get().number == 2


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans without looking at the rows of an open transaction")
def test_a_table_that_grew_within_the_transaction_is_no_longer_taken_for_empty(batch: ImportBatch) -> None:
    def rows_known() -> float:
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [ImportRow._meta.db_table])
            return float(cursor.fetchone()[0])

    insert_rows(ImportRow, [{"number": number, "payload": "{}"} for number in range(MANY)], batch_id=batch.pk)
    before = rows_known()
    grown(MANY - 1, ImportRow)
    assert rows_known() == before < MANY
    grown(MANY, ImportRow)
    assert rows_known() >= MANY
