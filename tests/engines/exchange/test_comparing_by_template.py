"""A system whose export has a template of its own is compared by it, and gets the difference back in it."""

import io

from openpyxl import load_workbook

from dangjian.engines.exchange import actions
from dangjian.engines.exchange.models import Believed, OutsideSystem, SheetTemplate
from dangjian.org.gate import admitted
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.exchange.test_comparing import a_system, compared, found, taken
from tests.engines.exchange.test_templates import COLUMNS, THEIR_HEADERS, meaning, template, theirs
from tests.importing import Enterprise
from tests.members.sheets.people import resident_id, sheet

BRANCH = "机电党支部"


def _with_template(enterprise: Enterprise, made: SheetTemplate) -> OutsideSystem:
    system = a_system(enterprise)
    with unscoped("test world"):
        OutsideSystem.objects.filter(pk=system.pk).update(template_key=made.key)
        return OutsideSystem.objects.get(pk=system.pk)


def _believing(enterprise: Enterprise) -> SheetTemplate:
    """Theirs of the telephone, ours of the education."""
    rules = {"mobile": "theirs", "education": "ours"}
    named = [{**one, "believed": rules[one["item"]]} if one.get("item") in rules else one for one in COLUMNS]
    return template(enterprise, columns=named, dates="dots")


def test_the_template_says_whom_to_believe_unless_the_system_does(enterprise: Enterprise) -> None:
    enterprise.commit(enterprise.upload(sheet([theirs(1, BRANCH)], THEIR_HEADERS), template=meaning()))
    system = _with_template(enterprise, _believing(enterprise))
    row = theirs(1, BRANCH, 学历层次="大专", 联系手机="19900009999")
    batch = compared(enterprise, system, sheet([row], THEIR_HEADERS))
    assert found(batch) == {(2, "changed", "education", "ours"), (2, "changed", "mobile", "theirs")}
    with unscoped("test world"):
        OutsideSystem.objects.filter(pk=system.pk).update(believed={"education": Believed.ASK.value})
        again = OutsideSystem.objects.get(pk=system.pk)
    batch = compared(enterprise, again, sheet([row], THEIR_HEADERS))
    assert (2, "changed", "education", "ask") in found(batch)


def test_only_the_difference_leaves_in_their_own_form(enterprise: Enterprise) -> None:
    enterprise.commit(enterprise.upload(sheet([theirs(place, BRANCH) for place in (1, 2, 3)], THEIR_HEADERS), template=meaning()))
    system = _with_template(enterprise, _believing(enterprise))
    batch = compared(enterprise, system, sheet([theirs(1, BRANCH, 学历层次="大专"), theirs(2, BRANCH)], THEIR_HEADERS))
    taken(enterprise, batch, leave_open=True)
    actor = make.actor(enterprise.office)
    with admitted(actor, "exchange.keep_systems"):
        file: io.BytesIO = actions.take_out_differences(actor=actor, system=system, purpose="交对方改正")
    book = load_workbook(file)
    mending = [[cell.value for cell in row] for row in book["对方要补、要改的"].iter_rows()]
    assert mending[0] == list(THEIR_HEADERS)
    wrong, lacking = sorted(mending[1:], key=lambda line: line[0])
    # Who it is and what is wrong; of whom they lack everything that is known, in their words.
    assert wrong == ["虚构1号", resident_id(1), BRANCH, None, None, None, None, "本科层次", None]
    assert lacking[:7] == ["虚构3号", resident_id(3), BRANCH, "正式", "2004.06.30", "2005.06.30", "19900000003"]


def test_a_form_that_knows_months_only_differs_by_months_only(enterprise: Enterprise) -> None:
    enterprise.commit(enterprise.upload(sheet([theirs(place, BRANCH) for place in (1, 2)], THEIR_HEADERS), template=meaning()))
    system = _with_template(enterprise, template(enterprise, dates="month"))
    rows = [
        theirs(1, BRANCH, 入党年月日="2004.06", 转为正式="2005.06"),
        theirs(2, BRANCH, 入党年月日="2004.07", 转为正式="2005.06"),
    ]
    batch = compared(enterprise, system, sheet(rows, THEIR_HEADERS))
    assert {(number, kind, column) for number, kind, column, _ in found(batch)} == {(3, "changed", "joined_on")}
