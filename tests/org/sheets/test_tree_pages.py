"""The table of organisations on its pages: drawn as a tree before it is taken."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dangjian.engines.exchange import picture
from dangjian.engines.exchange.models import ImportBatch, State
from dangjian.kernel.offers import StartedState
from dangjian.org.models import Organization
from dangjian.org.sheets.tree.sheet import TREE
from dangjian.org.sheets.tree.start import tree
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise
from tests.org.sheets.units import table, unit

pytestmark = pytest.mark.django_db(transaction=True)

GENERAL = unit("电气党总支", "党总支", "虚构集团党委")


def _client(enterprise: Enterprise) -> Client:
    client = Client()
    client.force_login(enterprise.office, backend="dangjian.accounts.backends.AccountBackend")
    return client


def _seen(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_uploaded_seen_as_a_tree_entered_and_taken_back(enterprise: Enterprise) -> None:
    client = _client(enterprise)
    rows = [GENERAL, unit("电气第一党支部", "党支部", "电气党总支"), unit("第一党小组", "党小组", "电气第一党支部")]
    data = {"file": SimpleUploadedFile("党组织.xlsx", table(*rows).getvalue()), "organization": enterprise.committee.pk}
    assert client.post(reverse("exchange:upload"), data).status_code == 302
    with unscoped("test world"):
        batch: ImportBatch = ImportBatch.objects.get()
    page = reverse("exchange:detail", args=[batch.pk])
    seen = _seen(client.get(page).content.decode())
    assert "党总支 1 2 3" in seen
    assert "党支部 1 2 3" in seen
    assert "电气党总支 党总支 党支部 1 · 党小组 1" in seen
    assert "虚构第一总支 党总支 已有" in seen
    assert "电气第一党支部" not in seen
    opened = client.get(reverse("exchange:picture", args=[batch.pk]) + "?node=r2").content.decode()
    assert "电气第一党支部 党支部 党小组 1" in _seen(opened)
    assert "第一党小组" not in _seen(opened)
    assert client.post(reverse("exchange:commit", args=[batch.pk])).status_code == 302
    seen = _seen(client.get(page).content.decode())
    assert "已入库：新增 3 个" in seen
    assert client.get(reverse("exchange:picture", args=[batch.pk])).status_code == 404
    assert client.post(reverse("exchange:undo", args=[batch.pk])).status_code == 302
    with unscoped("test world"):
        assert Organization.objects.count() == 5


def test_wrong_rows_are_in_the_picture_too_and_a_loop_does_not_hide_them(enterprise: Enterprise) -> None:
    loop = [unit("甲党委", "党委", "乙党委"), unit("乙党委", "党委", "甲党委"), unit("甲支部", "党支部", "甲党委")]
    batch = enterprise.upload(table(GENERAL, *loop), sheet=TREE)
    seen = _seen(_client(enterprise).get(reverse("exchange:detail", args=[batch.pk]) + "?show=picture").content.decode())
    assert "甲党委 党委 有问题" in seen
    assert "乙党委 党委 有问题" in seen
    assert "党委 2 1 3" in seen


def test_however_many_stand_beside_each_other_few_are_drawn(enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "SHOWN_AT_ONCE", 3)
    rows = [unit(f"第{number:02d}党支部", "党支部", "电气党总支") for number in range(8)]
    batch = enterprise.upload(table(GENERAL, *rows), sheet=TREE)
    client, address = _client(enterprise), reverse("exchange:picture", args=[batch.pk])
    first = client.get(f"{address}?node=r2").content.decode()
    assert re.findall(r"第\d\d党支部", _seen(first)) == ["第00党支部", "第01党支部", "第02党支部"]
    assert "还有 5 个" in _seen(first)
    last = _seen(client.get(f"{address}?node=r2&from=6").content.decode())
    assert re.findall(r"第\d\d党支部", last) == ["第06党支部", "第07党支部"]
    assert "还有" not in last


def test_a_tree_that_is_there_already_has_nothing_to_enter(enterprise: Enterprise) -> None:
    rows = [
        unit("虚构集团党委", "党委", None, 成立日期="2020-01-01"),
        unit("虚构第一总支", "党总支", "虚构集团党委", 成立日期="2020-01-01"),
    ]
    batch = enterprise.upload(table(*rows), sheet=TREE)
    assert (batch.state, batch.ignored_count) == (State.PROBLEMS, 2)
    seen = _seen(_client(enterprise).get(reverse("exchange:detail", args=[batch.pk])).content.decode())
    assert "没有要写入的" in seen


def test_the_first_step_is_done_when_every_body_leads_to_a_branch(enterprise: Enterprise) -> None:
    def state(place: Organization) -> StartedState:
        with unscoped("test world"):
            return tree(None, place)  # type: ignore[arg-type]  # it asks nothing of the request

    assert state(enterprise.committee).is_done
    make.general_branch(enterprise.committee, name="虚构第三总支")
    found = state(enterprise.committee)
    assert (found.is_done, found.done, found.total) == (False, 3, 4)
    assert found.missing == "“虚构第三总支”下面还没有党支部。"
    assert "sheet=organizations" in found.url
    assert state(enterprise.first).is_done
