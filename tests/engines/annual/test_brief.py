"""The report in short says what the tables say, and what has changed within a year."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.engines.annual.queries import brief
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel.closed_yaml import FileProblem
from dangjian.org.models import Organization
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-12-31")]
DAYS = dt.date(2026, 1, 1), dt.date(2026, 12, 31)


@pytest.fixture
def branch() -> Organization:
    """Three members at the end of 2025, five at the end of 2026."""
    found = make.branch(make.committee(), name="虚构党支部")
    for place in range(5):
        came = dt.date(2024, 3, 1) if place < 3 else dt.date(2026, 5, 1)
        sex = "2" if place % 2 else "1"
        make.member(found, f"虚构党员{place}", effective_on=came, sex=sex, birth_on=dt.date(1996 - 20 * (place % 2), 1, 1))
    return found


def sentences(unit: Organization) -> list[str]:
    both = brief.Both.of(Report(unit, *DAYS))
    return ["".join(piece.text for piece in pieces) for _, found in brief.said(both) for pieces in found]


def test_figures_shares_sums_and_changes(branch: Organization) -> None:
    found = sentences(branch)
    assert found[0] == "截至2026年12月31日，虚构党支部共有党员5名，比上年同期增加2名。"
    assert found[1].startswith("女党员2名，占40.0%；")
    assert found[2].startswith("35岁及以下的3名，占60.0%，比上年同期增加1名；")


def test_what_there_is_none_of_is_left_out(branch: Organization) -> None:
    assert not [one for one in sentences(branch) if "失去联系" in one or "发展的党员中" in one]


def test_nobody_at_all_is_no_error() -> None:
    found = sentences(make.branch(make.committee(), name="虚构空支部"))
    assert found[0].endswith("共有党员0名，与上年同期持平。")
    assert "占0%" in found[1]


def test_the_page_opens_lists_and_tables(branch: Organization) -> None:
    client = Client()
    keeper: User = make.post(branch, "secretary", make.user()).user
    client.force_login(keeper, backend="dangjian.accounts.backends.AccountBackend")
    page = client.get(reverse("annual:brief"), {"day": "2026-12-31"}).content.decode()
    links = re.findall(r'<p>.*?<a href="([^"]+)">5</a>', page)
    assert links
    assert "虚构党员4" in client.get(links[0].replace("&amp;", "&")).content.decode()
    assert "2025年12月31日" in page


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("{99:total/total}", "没有表99"),
        ("{1:nothing/total}", "没有“nothing”"),
        ("{1:closing}", "要写成 表:行/列"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_the_place(
    said: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "brief.yaml"
    file.write_text(f"sections:\n- title: 试验\n  sentences:\n  - say: '{said}'\n", encoding="utf-8")
    monkeypatch.setattr(brief, "FILE", file)
    brief.written.cache_clear()
    try:
        with pytest.raises(FileProblem, match=problem):
            brief.written()
    finally:
        brief.written.cache_clear()
