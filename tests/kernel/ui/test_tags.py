"""The template tags of the UI kit."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory, override_settings

import dangjian
from dangjian.kernel.rulebook import Citation
from dangjian.kernel.ui import gallery, icons, states

PACKAGE = Path(dangjian.__file__).parent


def draw(source: str, query: str = "", **variables: Any) -> str:
    request = RequestFactory().get(f"/list/{query}")
    return Template("{% load ui %}" + source).render(Context({"request": request, **variables}))


def test_icon_is_inline_and_hidden_from_screen_readers_unless_it_speaks() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "calendar" %}')
    assert "<path" in draw('{% icon "calendar" %}')
    assert 'role="img" aria-label="关闭"' in draw('{% icon "x" label="关闭" %}')


@pytest.mark.parametrize("name", ["no-such-icon", "../secret", "Calendar", ""])
def test_unknown_icon_raises_where_errors_should_be_found(name: str) -> None:
    with override_settings(UI_STRICT=True), pytest.raises(icons.UnknownIcon):
        icons.icon(name)


def test_unknown_icon_does_not_break_a_page_in_production() -> None:
    with override_settings(UI_STRICT=False, DEBUG=False):
        assert "<circle" in icons.icon("no-such-icon")


def test_every_icon_named_in_the_package_exists() -> None:
    named = {look.icon for look in states.LOOKS.values()} | set(states.TONE_ICONS.values())
    for template in PACKAGE.rglob("templates/**/*.html"):
        named.update(re.findall(r'(?:{% icon "|{% empty_state "|icon=")([^"]+)"', template.read_text("utf-8")))
    for offers in PACKAGE.rglob("contributes.py"):
        named.update(re.findall(r'icon="([^"]+)"', offers.read_text("utf-8")))
    for name in sorted(named):
        icons.shapes(name)


def test_badge_says_the_state_in_words() -> None:
    assert re.search(r'class="badge bad">.*</svg>已超期</span>', draw('{% badge "overdue" %}'))
    assert re.search(r'class="badge warn">.*</svg>退回修改</span>', draw('{% badge "sent_back" "退回修改" tone="warn" %}'))


def test_badge_without_words_is_an_error() -> None:
    with pytest.raises(LookupError, match="sent_back"):
        states.look("sent_back")


def test_badge_escapes() -> None:
    assert "<b>" not in draw("{% badge 'x' word %}", word="<b>")


def test_pager_keeps_filters_and_changes_the_page() -> None:
    text = draw("{% pager page %}", "?kind=lecture&page=3", page=Paginator(range(420), 20).page(3))
    assert "共 420 条，第 41–60 条" in text
    assert 'href="?kind=lecture&amp;page=2" rel="prev"' in text
    assert 'href="?kind=lecture&amp;page=4" rel="next"' in text
    assert '<span class="current" aria-current="page">3</span>' in text


def test_pager_of_an_empty_list_says_nothing() -> None:
    assert draw("{% pager page %}", page=Paginator([], 20).page(1)).strip() == ""


@pytest.mark.parametrize(
    ("query", "following", "direction"),
    [("", "?sort=name", None), ("?sort=name&page=2", "?sort=-name", "ascending"), ("?sort=-name", "?sort=name", "descending")],
)
def test_sort_header_turns_the_order(query: str, following: str, direction: str | None) -> None:
    text = draw('{% sort_header "姓名" "name" %}', query)
    assert f'href="{following}"' in text
    assert (f'aria-sort="{direction}"' in text) is (direction is not None)


def test_query_changes_some_parameters_and_returns_to_the_first_page() -> None:
    text = draw("{% query state='overdue' kind='' %}", "?kind=lecture&page=3&q=党课")
    assert "state=overdue" in text
    assert "kind" not in text
    assert "page" not in text


def test_stat_draws_a_ring_of_its_share() -> None:
    assert 'stroke-dasharray="75.0 100"' in draw('{% stat "应办" 12 share=0.75 %}')
    assert "1,768" in draw('{% stat "党员" 1768 %}')


@pytest.mark.parametrize(
    ("citation", "text"),
    [
        (
            {"document": "支部工作条例", "number": "甲〔2018〕1号", "article": "第十一条"},
            "《支部工作条例》</cite>（甲〔2018〕1号）第十一条",
        ),
        ("本单位规定", "本单位规定"),
    ],
)
def test_citation(citation: Any, text: str) -> None:
    assert text in draw("{% citation it %}", it=citation)
    assert draw("{% citation it %}", it=None).strip() == ""


def test_chart_offers_a_table_and_safe_data() -> None:
    data = {"unit": "次", "categories": ["</script><b>"], "series": [{"name": "大会", "values": [3], "urls": ["/m/"]}]}
    text = draw('{% chart "c" "会议" data %}', data=data)
    assert "</script><b>" not in text
    assert '<a href="/m/">3</a>' in text
    assert 'data-chart="c"' in text


def test_style_page_shows_everything_without_inline_style_or_script() -> None:
    text = draw("{% include 'ui/gallery.html' %}", **gallery.context(), me={"name": "秦守正"})
    assert "style=" not in text
    assert not re.search(r"\son[a-z]+=", text)
    assert not [tag for tag in re.findall(r"<script[^>]*>", text) if "src=" not in tag and "application/json" not in tag]


def test_no_template_of_the_package_has_inline_style_or_script() -> None:
    for template in PACKAGE.rglob("templates/**/*.html"):
        text = template.read_text("utf-8")
        assert not re.search(r'<[^>]*\sstyle="', text), template
        assert not re.search(r'<[a-z][^>]*\son[a-z]+="', text), template
        assert "<script>" not in text, template


def test_a_citation_of_the_rulebook_is_written_as_regulations_are_quoted() -> None:
    one = Citation("虚构支部工作条例", "虚构发〔2018〕1号", article=11)
    assert "《虚构支部工作条例》（虚构发〔2018〕1号）第十一条" in draw("{% citation one %}", one=one)
    as_text = {"document": "虚构条例", "article": "第十一条", "quote": "每季度召开1次"}
    assert "第十一条<q>每季度召开1次</q>" in draw("{% citation one %}", one=as_text)
