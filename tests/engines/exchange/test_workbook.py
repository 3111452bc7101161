"""A workbook with several sheets is uploaded once and led on from one to the next."""

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from dangjian.accounts.models import Event, User
from dangjian.engines.exchange import actions
from dangjian.engines.exchange import sheets as product_sheets
from dangjian.engines.exchange.models import ImportBatch, ImportWorkbook, State
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.registry import offers
from dangjian.members.models import Member
from dangjian.members.sheets.officers.sheet import OFFICERS
from dangjian.members.sheets.roster.sheet import ROSTER
from dangjian.org import roles
from dangjian.org.gate import admitted
from dangjian.org.models import Organization, Post
from dangjian.org.sheet_offers import Sheet
from dangjian.org.sheets.tree.sheet import TREE
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise
from tests.members.sheets.people import HEADERS as ROSTER_HEADERS
from tests.members.sheets.people import person
from tests.members.sheets.test_officers import HEADERS as OFFICER_HEADERS
from tests.members.sheets.test_officers import officer
from tests.org.sheets.units import HEADERS as TREE_HEADERS
from tests.org.sheets.units import unit

Page = tuple[str, tuple[str, ...], list[dict[str, Any]]]
BRANCH = "电气第一党支部"
TREE_PAGE: Page = ("党组织表", TREE_HEADERS, [unit(BRANCH, "党支部", "虚构第一总支")])
OFFICERS_PAGE: Page = ("任职表", OFFICER_HEADERS, [officer(1, 党组织=BRANCH)])
ROSTER_PAGE: Page = ("党员名册", ROSTER_HEADERS, [person(1, BRANCH), person(2, BRANCH)])


def book(*pages: Page) -> io.BytesIO:
    """An xlsx with these worksheets."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for title, headers, rows in pages:
        sheet = made.create_sheet(title)
        for line in [list(headers), *([row.get(header) for header in headers] for row in rows)]:
            if line:
                sheet.append(line)
    file = io.BytesIO()
    made.save(file)
    file.seek(0)
    return file


def _upload(enterprise: Enterprise, *pages: Page, who: User | None = None, **more: Any) -> ImportWorkbook:
    actor = make.actor(who or enterprise.office)
    more.setdefault("organization", enterprise.committee)
    with unscoped("test world"):
        workbook = actions.upload_workbook(actor=actor, file=book(*pages), file_name="开账.xlsx", **more)
    _checked()
    return workbook


def _checked() -> None:
    """Do what the background would have begun."""
    with unscoped("test world"):
        waiting = list(ImportBatch.objects.filter(state=State.CHECKING).values_list("pk", flat=True))
    for pk in waiting:
        actions.check(pk=pk)
        _checked()


def _states(workbook: ImportWorkbook) -> dict[str, str]:
    with unscoped("test world"):
        return dict(ImportBatch.objects.filter(workbook=workbook).order_by("place").values_list("sheet_code", "state"))


def _batch(workbook: ImportWorkbook, sheet: Sheet) -> ImportBatch:
    with unscoped("test world"):
        found: ImportBatch = ImportBatch.objects.select_related("organization").get(workbook=workbook, sheet_code=sheet.code)
    return found


def _do(enterprise: Enterprise, action: Any, batch: ImportBatch, **more: Any) -> None:
    actor = make.actor(enterprise.office)
    with admitted(actor, batch.sheet.permission):
        action(actor=actor, batch=batch, **more)
    _checked()


def _committed(enterprise: Enterprise, batch: ImportBatch) -> None:
    assert enterprise.commit(batch).state == State.COMMITTED
    _checked()


def _kept_files() -> list[Path]:
    return list((Path(settings.MEDIA_ROOT) / "imports").iterdir())


def test_sheets_come_in_one_after_the_other_however_they_stand_in_the_book(enterprise: Enterprise) -> None:
    workbook = _upload(enterprise, ROSTER_PAGE, OFFICERS_PAGE, TREE_PAGE)
    assert _states(workbook) == {"organizations": "ready", "officers": "waiting", "roster": "waiting"}
    assert len(_kept_files()) == 1
    _committed(enterprise, _batch(workbook, TREE))
    assert _states(workbook) == {"organizations": "committed", "officers": "ready", "roster": "waiting"}
    _committed(enterprise, _batch(workbook, OFFICERS))
    assert _states(workbook)["roster"] == "ready"
    assert _kept_files() == []
    _committed(enterprise, _batch(workbook, ROSTER))
    with unscoped("test world"):
        branch = Organization.objects.get(short_name=BRANCH)
        assert Member.objects.filter(branch=branch).count() == 2
        assert Post.objects.get(organization=branch).user == Member.objects.get(name="虚构1号").user
        assert Event.objects.filter(verb="exchange.workbook_uploaded").count() == 1


def test_what_waits_is_not_checked_before_its_turn(enterprise: Enterprise) -> None:
    wrong = ("党组织表", TREE_HEADERS, [unit(BRANCH, "党支部", "没有这个总支")])
    workbook = _upload(enterprise, wrong, ROSTER_PAGE)
    assert _states(workbook) == {"organizations": "problems", "roster": "waiting"}
    actor = make.actor(enterprise.office)
    with admitted(actor, ROSTER.permission):
        for action in (actions.start_check, actions.start_commit):
            with pytest.raises(Conflict):
                action(actor=actor, batch=_batch(workbook, ROSTER))
    _do(enterprise, actions.fix_row, _batch(workbook, TREE), number=2, values={"parent": "虚构第一总支"})
    assert _states(workbook) == {"organizations": "ready", "roster": "waiting"}


def test_a_sheet_set_aside_lets_the_others_go_on_and_is_taken_up_again(enterprise: Enterprise) -> None:
    workbook = _upload(enterprise, TREE_PAGE, OFFICERS_PAGE, ROSTER_PAGE)
    _committed(enterprise, _batch(workbook, TREE))
    _do(enterprise, actions.set_aside, _batch(workbook, OFFICERS))
    assert _states(workbook) == {"organizations": "committed", "officers": "aside", "roster": "ready"}
    _committed(enterprise, _batch(workbook, ROSTER))
    _do(enterprise, actions.take_up, _batch(workbook, OFFICERS))
    assert _states(workbook)["officers"] == "ready"
    with pytest.raises(Conflict):
        _do(enterprise, actions.take_up, _batch(workbook, ROSTER))


def test_one_set_aside_before_it_was_read_is_read_later(enterprise: Enterprise) -> None:
    workbook = _upload(enterprise, TREE_PAGE, OFFICERS_PAGE)
    _do(enterprise, actions.set_aside, _batch(workbook, OFFICERS))
    _committed(enterprise, _batch(workbook, TREE))
    assert len(_kept_files()) == 1
    _do(enterprise, actions.take_up, _batch(workbook, OFFICERS))
    assert _batch(workbook, OFFICERS).new_count == 1
    assert _kept_files() == []


def test_a_deleted_sheet_does_not_keep_the_others_waiting(enterprise: Enterprise) -> None:
    workbook = _upload(enterprise, TREE_PAGE, ROSTER_PAGE)
    _do(enterprise, actions.discard, _batch(workbook, TREE))
    assert _states(workbook) == {"roster": "problems"}
    _do(enterprise, actions.discard, _batch(workbook, ROSTER))
    with unscoped("test world"):
        assert not ImportWorkbook.objects.exists()


def test_what_is_there_already_keeps_nobody_waiting(enterprise: Enterprise) -> None:
    there = ("党组织表", TREE_HEADERS, [unit("机电党支部", "党支部", "虚构第一总支", 成立日期="2020-01-01")])
    workbook = _upload(enterprise, there, ("党员名册", ROSTER_HEADERS, [person(1, "机电党支部")]))
    assert _states(workbook) == {"organizations": "problems", "roster": "ready"}
    assert _batch(workbook, TREE).problem_count == 0


def test_a_sheet_by_itself_cannot_be_set_aside(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, "机电党支部")])
    with pytest.raises(Conflict, match="只有工作簿里的表"):
        _do(enterprise, actions.set_aside, batch)


@pytest.mark.day("2026-11-23")
def test_questions_are_answered_as_proposed_until_somebody_answers_otherwise(enterprise: Enterprise) -> None:
    workbook = _upload(enterprise, TREE_PAGE, ROSTER_PAGE)
    roster = _batch(workbook, ROSTER)
    assert roster.answers == {"entry_kind": "opening", "effective_on": clock.today(), "existing": "update", "document": ""}
    otherwise = {**roster.answers, "effective_on": dt.date(2021, 2, 1), "document": "虚构党〔2026〕2号"}
    with pytest.raises(Invalid, match="不能晚于今天"):
        _do(enterprise, actions.answer, roster, answers={**otherwise, "effective_on": dt.date(2026, 11, 24)})
    _do(enterprise, actions.answer, roster, answers=otherwise)
    assert _states(workbook)["roster"] == "waiting"
    _committed(enterprise, _batch(workbook, TREE))
    roster = _batch(workbook, ROSTER)
    assert (roster.state, roster.answers) == (State.PROBLEMS, otherwise)
    assert "成立于2021年3月1日" in enterprise.problems(roster)["C2"]
    _do(enterprise, actions.answer, roster, answers={**otherwise, "effective_on": dt.date(2021, 4, 1)})
    assert _states(workbook)["roster"] == "ready"
    _committed(enterprise, _batch(workbook, ROSTER))
    with pytest.raises(Conflict):
        _do(enterprise, actions.answer, _batch(workbook, ROSTER), answers=otherwise)


def test_a_question_without_a_proposal_is_answered_first(enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    from dangjian.engines.exchange.actions import uploading

    monkeypatch.setattr(uploading, "proposed_answers", lambda _sheet, _organization: {})
    workbook = _upload(enterprise, TREE_PAGE, ROSTER_PAGE)
    _committed(enterprise, _batch(workbook, TREE))
    assert _states(workbook) == {"organizations": "committed", "roster": "waiting"}
    assert _batch(workbook, ROSTER).needs_answers
    proposed = {"entry_kind": "opening", "effective_on": clock.today(), "existing": "update", "document": ""}
    _do(enterprise, actions.answer, _batch(workbook, ROSTER), answers=proposed)
    assert _states(workbook)["roster"] == "ready"


def test_worksheets_are_known_by_title_or_by_their_columns(enterprise: Enterprise) -> None:
    tree, officers, roster = (("Sheet1", *TREE_PAGE[1:]), ("支委", *OFFICERS_PAGE[1:]), ("机电名单", *ROSTER_PAGE[1:]))
    workbook = _upload(enterprise, roster, officers, tree)
    assert list(_states(workbook)) == ["organizations", "officers", "roster"]
    assert _batch(workbook, TREE).sheet_name == "Sheet1"
    assert workbook.passed_over == []


def test_two_worksheets_of_one_kind_come_in_one_after_the_other(enterprise: Enterprise) -> None:
    groups = ("党小组", TREE_HEADERS, [unit("第一党小组", "党小组", BRANCH)])
    workbook = _upload(enterprise, TREE_PAGE, groups)
    with unscoped("test world"):
        first, second = ImportBatch.objects.filter(workbook=workbook).order_by("place")
    assert (first.sheet_name, first.state) == ("党组织表", State.READY)
    assert (second.sheet_name, second.state) == ("党小组", State.WAITING)
    _committed(enterprise, first)
    assert enterprise.again(second).state == State.READY


def test_worksheets_that_are_not_taken_are_named_with_the_reason(enterprise: Enterprise) -> None:
    example = ("任职表", OFFICER_HEADERS, [officer(1, 姓名="示例张三")])
    header = ("党员名册", ROSTER_HEADERS, [])
    other = ("食堂菜单", ("菜名", "价格", "姓名", "地址"), [{"菜名": "面条", "价格": 8}])
    unfinished = ("人员", ("姓名", "公民身份号码", "学历"), [{"姓名": "虚构1号", "学历": "本科"}])
    workbook = _upload(enterprise, TREE_PAGE, example, header, other, unfinished, ("空", (), []))
    assert list(_states(workbook)) == ["organizations"]
    said = dict(workbook.passed_over)
    assert said["任职表"] == said["党员名册"] == "还没有填写"
    assert said["空"] == "里面没有内容"
    assert "食堂菜单" in said
    assert said["人员"].startswith("像“党员名册”，但是没有“所在党支部")


def test_nothing_is_written_of_a_book_that_will_not_do(enterprise: Enterprise) -> None:
    headless = ("任职表", ("姓名", "任职日期"), [{"姓名": "虚构1号"}])
    with pytest.raises(Invalid, match="工作表“任职表”：表里没有"):
        _upload(enterprise, TREE_PAGE, headless)
    with pytest.raises(Invalid, match="没有可以导入的工作表：“党组织表”还没有填写"):
        _upload(enterprise, ("党组织表", TREE_HEADERS, []))
    with unscoped("test world"):
        assert not ImportBatch.objects.exists()
        assert not ImportWorkbook.objects.exists()
    assert not (Path(settings.MEDIA_ROOT) / "imports").exists() or _kept_files() == []


def test_whoever_may_not_upload_a_sheet_does_not_upload_it_in_a_book(enterprise: Enterprise) -> None:
    secretary = make.post(enterprise.one).user
    actor = make.actor(secretary)
    allowed = [sheet for sheet in offers(Sheet) if actor.may(sheet.permission, enterprise.one)]
    assert TREE not in allowed
    bases = ("党费计算基数表", ("姓名", "公民身份号码", "计算基数"), [{"姓名": "虚构1号", "计算基数": 5000}])
    workbook = _upload(enterprise, TREE_PAGE, bases, who=secretary, organization=enterprise.one)
    assert list(_states(workbook)) == ["dues_bases"]
    assert dict(workbook.passed_over) == {"党组织表": "您没有导入党组织表的权限"}
    leader = make.grant(enterprise.one, roles.GROUP_LEADER).user
    with pytest.raises(PermissionDenied):
        _upload(enterprise, ROSTER_PAGE, who=leader, organization=enterprise.one)


def test_the_template_holds_all_sheets_and_comes_back_as_not_filled_in(enterprise: Enterprise) -> None:
    content = product_sheets.book_template(offers(Sheet))
    made = load_workbook(content)
    titles = [sheet.title for sheet in made.worksheets if sheet.sheet_state == "visible"]
    assert titles == ["填写说明", *(sheet.title for sheet in offers(Sheet))]
    notes = "".join(str(cell.value) for row in made["填写说明"].iter_rows() for cell in row)
    for sheet in offers(Sheet):
        assert f"{sheet.title}：{sheet.words.needs}" in notes or not sheet.words.needs
    actor = make.actor(enterprise.office)
    content.seek(0)
    with unscoped("test world"), pytest.raises(Invalid) as refused:
        actions.upload_workbook(actor=actor, organization=enterprise.committee, file=content, file_name="模板.xlsx")
    assert "“填写说明”" not in refused.value.message
    assert "“党组织表”还没有填写" in refused.value.message


def test_a_filled_in_template_comes_in(enterprise: Enterprise) -> None:
    made = load_workbook(product_sheets.book_template(offers(Sheet)))
    page = made["党组织表"]
    headers = [str(cell.value).rstrip("*") for cell in page[1]]
    page.append([TREE_PAGE[2][0].get(header) for header in headers])
    file = io.BytesIO()
    made.save(file)
    file.seek(0)
    with unscoped("test world"):
        workbook = actions.upload_workbook(
            actor=make.actor(enterprise.office), organization=enterprise.committee, file=file, file_name="模板.xlsx"
        )
    _checked()
    assert _states(workbook) == {"organizations": "ready"}
    assert _batch(workbook, TREE).unknown_headers == []


def _client(who: User) -> Client:
    client = Client()
    client.force_login(who, backend="dangjian.accounts.backends.AccountBackend")
    return client


def _seen(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.django_db(transaction=True)
@pytest.mark.day("2026-11-23")
def test_a_workbook_on_its_pages(enterprise: Enterprise) -> None:
    client = _client(enterprise.office)
    assert "先导入什么，后导入什么" in _seen(client.get(reverse("exchange:imports")))
    assert "单独上传" in _seen(client.get(reverse("exchange:workbook_upload")))
    assert client.get(reverse("exchange:workbook_template"))["Content-Disposition"].startswith("attachment")
    file = SimpleUploadedFile("开账.xlsx", book(ROSTER_PAGE, TREE_PAGE, ("任职表", OFFICER_HEADERS, [])).getvalue())
    answer = client.post(
        reverse("exchange:workbook_upload"), {"file": file, "organization": enterprise.committee.pk}, follow=True
    )
    seen = _seen(answer)
    assert "“任职表”：还没有填写" in seen
    assert "1. 党组织表 可以入库" in seen
    assert "2. 党员名册 等前一份入库" in seen
    assert "期初" in seen
    with unscoped("test world"):
        tree, roster = ImportBatch.objects.order_by("place")
    seen = _seen(client.get(reverse("exchange:detail", args=[roster.pk])))
    assert "工作簿里的第 2 张表" in seen
    assert client.post(reverse("exchange:commit", args=[tree.pk])).status_code == 302
    assert "下一张：党员名册" in _seen(client.get(reverse("exchange:detail", args=[tree.pk])))
    answers = reverse("exchange:answers", args=[roster.pk])
    assert client.post(answers, {"entry_kind": "opening", "effective_on": "2026-12-31", "existing": "skip"}).status_code == 422
    assert client.post(answers, {"entry_kind": "opening", "effective_on": "2026-11-01", "existing": "skip"}).status_code == 302
    assert "2026年11月1日起" in _seen(client.get(reverse("exchange:detail", args=[roster.pk])))
    assert client.post(reverse("exchange:set_aside", args=[roster.pk])).status_code == 302
    seen = _seen(client.get(reverse("exchange:workbook", args=[roster.workbook_id])))
    assert "这个工作簿里的表都办完了" in seen
    assert "2. 党员名册 已搁置" in seen
    assert client.post(reverse("exchange:take_up", args=[roster.pk])).status_code == 302
    assert "检查通过，可以入库" in _seen(client.get(reverse("exchange:detail", args=[roster.pk])))
    stranger = _client(make.grant(enterprise.two, roles.PARTY_WORKER).user)
    assert stranger.get(reverse("exchange:workbook", args=[roster.workbook_id])).status_code == 404
    member = _client(make.member(enterprise.one, with_user=True).user)
    assert member.get(reverse("exchange:workbook_upload")).status_code == 403
