"""Records on which another system differs are examined every month with the others."""

import pytest

from dangjian.engines.exchange.models import Believed
from dangjian.engines.exchange.quality import agreement
from dangjian.kernel import clock
from dangjian.kernel.periods import MONTH, Span
from dangjian.org.quality_offers import Asking
from dangjian.org.unscoped import unscoped
from tests.engines.exchange.test_comparing import a_system, believe, compared, entered, taken
from tests.importing import Enterprise
from tests.members.sheets.people import person

BRANCH = "机电党支部"


def _found(enterprise: Enterprise, *places: int) -> tuple[dict[int, int], list[str]]:
    with unscoped("the examination runs with all organisations open"):
        examined = agreement(Asking(Span.of(clock.today(), MONTH), places or None))
        return dict(examined.looked_at), [f"{one.about}：{one.text}" for one in examined.flaws]


def test_nothing_is_examined_before_it_was_compared(enterprise: Enterprise) -> None:
    entered(enterprise, person(1, BRANCH))
    a_system(enterprise)
    assert _found(enterprise) == ({}, [])


@pytest.mark.parametrize("believed", [Believed.ASK, Believed.OURS])
def test_what_is_to_be_asked_is_a_flaw_and_what_they_mend_is_none(enterprise: Enterprise, believed: str) -> None:
    entered(enterprise, person(1, BRANCH), person(2, BRANCH), person(3, "机务党支部"))
    batch = compared(
        enterprise, a_system(enterprise), [person(1, BRANCH, 学历="大专"), person(2, BRANCH), person(3, "机务党支部")]
    )
    believe(enterprise, batch, believed, column="education")
    taken(enterprise, batch, leave_open=True)
    looked_at, flaws = _found(enterprise)
    assert looked_at == {enterprise.one.pk: 2, enterprise.two.pk: 1}
    assert flaws == (["虚构1号：与全国党员管理信息系统不一致：学历"] if believed == Believed.ASK else [])
    assert _found(enterprise, enterprise.two.pk) == ({enterprise.two.pk: 1}, [])
