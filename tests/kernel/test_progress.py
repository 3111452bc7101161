"""How far the background is, as its page shows it."""

from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from dangjian.kernel.progress import WAITING, Progress, Track, progress_part


def part(progress: Progress, *, by_the_page: bool = True) -> HttpResponse:
    request: Any = RequestFactory().get("/made/7/progress/", headers={"HX-Request": "true"} if by_the_page else {})
    request.htmx = HtmxDetails(request)
    return progress_part(request, progress, page="/made/7/")


def test_the_part_asks_for_itself_until_the_work_is_over() -> None:
    answer = part(Progress(40, "正在排版"))
    assert 'hx-get="/made/7/progress/"' in answer.content.decode()
    assert "40%" in answer.content.decode()
    assert "HX-Refresh" not in answer
    over = part(Progress(100, "已生成", is_over=True))
    assert "hx-get" not in over.content.decode()
    assert over["HX-Refresh"] == "true"


@pytest.mark.parametrize("is_over", [False, True])
def test_opened_by_hand_it_leads_to_its_page(is_over: bool) -> None:
    answer = part(Progress(40, "正在排版", is_over=is_over), by_the_page=False)
    assert (answer.status_code, answer["Location"]) == (302, "/made/7/")


class TestTrack:
    @pytest.fixture(autouse=True)
    def own_files(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path

    def test_nothing_was_reported_yet(self) -> None:
        assert Track("exchange", 7).read() == Progress(0, WAITING)

    def test_each_report_fills_its_stretch(self) -> None:
        track = Track("exchange", 7)
        report = track.reporter("正在写入", 200, begin=50)
        assert track.read() == Progress(50, "正在写入")
        report(100)
        assert track.read() == Progress(75, "正在写入")
        report(999)
        assert track.read() == Progress(100, "正在写入")
        assert Track("exchange", 8).read() == Progress()

    def test_what_is_over_is_forgotten(self) -> None:
        track = Track("exchange", 7)
        track.reporter("正在写入", 1)(1)
        track.clear()
        track.clear()
        assert track.read() == Progress()

    def test_a_file_that_was_cut_off_says_nothing(self, tmp_path: Path) -> None:
        track = Track("exchange", 7)
        track.reporter("正在写入", 1)
        next((tmp_path / "progress").iterdir()).write_text('{"share": 4', encoding="utf-8")
        assert track.read() == Progress()
