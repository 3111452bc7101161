"""The matrix and the load go out as spreadsheets that say what the pages say, within the scope."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.org import roles
from dangjian.org.models import Organization
from tests import make
from tests.engines.duties.build import refreshed

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Organization:
    return make.committee(name="虚构集团党委")


def rows_of(client: Client, address: str) -> list[tuple[object, ...]]:
    answer = client.get(address)
    assert answer.status_code == 200
    content = answer.getvalue()
    return [tuple(cell.value for cell in row) for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows()]


def test_the_matrix_lists_every_body_with_its_numbers(client: Client, top: Organization) -> None:
    general = make.general_branch(top, name="虚构机电党总支")
    branch = make.branch(general, name="虚构第一党支部")
    make.group(branch)
    refreshed()
    client.force_login(make.grant(top, roles.PARTY_OFFICE).user)
    rows = rows_of(client, reverse("duties:matrix_sheet"))
    head, lines = rows[0], {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    assert list(lines) == ["虚构集团党委", "虚构机电党总支", "虚构第一党支部"]
    assert head[-4:] == ("应办", "已完成", "需尽快办", "已超期")
    page = client.get(reverse("duties:matrix"))
    shown = {row.organization.short_name: row.sum.total for row, _ in page.context["lines"]}
    assert lines["虚构机电党总支"]["应办"] + lines["虚构第一党支部"]["应办"] == shown["虚构机电党总支"]
    assert lines["虚构第一党支部"]["上级党组织"] == "虚构机电党总支"


def test_nobody_gets_rows_of_a_neighbour(client: Client, top: Organization) -> None:
    own, other = (make.branch(make.general_branch(top), name=name) for name in ("虚构甲支部", "虚构乙支部"))
    refreshed()
    client.force_login(make.post(own).user)
    assert [row[0] for row in rows_of(client, reverse("duties:matrix_sheet"))[1:]] == ["虚构甲支部"]
    assert other.pk


def test_the_load_lists_everybody_who_answers_for_something(client: Client, top: Organization) -> None:
    branch = make.branch(make.general_branch(top))
    make.post(branch, who=make.user("欧阳立夏"))
    refreshed()
    client.force_login(make.grant(top, roles.PARTY_OFFICE).user)
    rows = rows_of(client, reverse("duties:load_sheet"))
    assert "欧阳立夏" in [row[0] for row in rows]


def test_a_reader_without_the_permission_gets_no_load(client: Client, top: Organization) -> None:
    member = make.member(make.branch(make.general_branch(top)), with_user=True)
    client.force_login(member.user)
    assert client.get(reverse("duties:load_sheet")).status_code == 403
