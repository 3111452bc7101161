"""How a change is told on the page of the organisation it happened to, and on that of its other side."""

import pytest

from dangjian.org.models import Organization, OrganizationChange
from dangjian.org.queries import ChangeLine

OWN, OTHER = Organization(pk=1, name="机电党支部"), Organization(pk=2, name="运行党支部")


@pytest.mark.parametrize(
    ("kind", "of", "said", "is_end"),
    [
        ("set_up", OWN, ("设立", "乙"), False),
        ("renamed", OWN, ("更名", "“甲”更名为“乙”"), False),
        ("moved", OWN, ("调整隶属关系", "上级由“甲”调整为“乙”"), False),
        ("merged", OWN, ("合并", "并入“乙”"), True),
        ("merged", OTHER, ("“机电党支部”并入", ""), False),
        ("split", OWN, ("拆分", "分出“乙”"), False),
        ("split", OTHER, ("由“机电党支部”拆分出来", ""), False),
        ("dissolved", OWN, ("撤销", ""), True),
    ],
)
def test_a_change_is_told_of_each_side(kind: str, of: Organization, said: tuple[str, str], is_end: bool) -> None:
    line = ChangeLine(OrganizationChange(organization=OWN, kind=kind, before="甲", after="乙"), of)
    assert ((line.title, line.text), line.is_end) == (said, is_end)
