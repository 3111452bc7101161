"""Outside systems for programs: how far they are in step, and in how many items they differ. No values, no names."""

import datetime as dt

from ninja import Router, Schema
from pydantic import Field

from dangjian.engines.exchange.models import Believed, Difference, DifferenceKind, OutsideSystem
from dangjian.engines.exchange.views.doors import SEE
from dangjian.kernel.lists import DAY, Choice, Column, ProgramList
from dangjian.org.lists import OrganizationFilter, operation

router = Router()


class SystemOut(Schema):
    """A system of others."""

    id: int = Field(description="编号")
    organization_id: int = Field(description="党组织编号")
    title: str
    kind: str = Field(description="种类")
    sheet_code: str = Field(description="核对哪种记录")
    last_in_step_on: dt.date | None = Field(description="上次核对的日期")
    due_on: dt.date | None = Field(description="下次核对的期限")


class DifferenceOut(Schema):
    """One item in which a system and the record differ; what either says is read on the page."""

    system_id: int = Field(description="外部系统编号")
    organization_id: int = Field(description="党组织编号")
    record_id: int | None = Field(description="记录编号，对方独有的为空")
    column: str = Field(description="项目，整条记录的为空")
    kind: DifferenceKind
    believed: Believed

    @staticmethod
    def resolve_system_id(row: Difference) -> int | None:
        """The system compared with."""
        return row.batch.system_id


ALL_SYSTEMS = ProgramList(
    name="exchange:all_systems",
    title="外部系统",
    permission=SEE,
    rows=lambda _asked: OutsideSystem.objects.filter(closed_on=None),
    columns=(Column("下次期限", "due_on", DAY, sort="due_on"),),
    order=("organization__path", "title"),
    filters=(OrganizationFilter(),),
)
ALL_DIFFERENCES = ProgramList(
    name="exchange:all_differences",
    title="与外部系统的差异",
    permission=SEE,
    rows=lambda _asked: Difference.objects.filter(stands=True).select_related("batch"),
    columns=(Column("党组织", "organization.short_name", sort="organization__path"),),
    order=("organization__path", "record_id"),
    filters=(
        OrganizationFilter(),
        Choice("kind", "差异", DifferenceKind.choices),
        Choice("believed", "以谁为准", Believed.choices),
    ),
)
operation(router, "/exchange/systems", ALL_SYSTEMS, SystemOut, description="在用的外部系统，和上次、下次核对的日期。")
operation(
    router, "/exchange/differences", ALL_DIFFERENCES, DifferenceOut, description="上次比对后还没有处理的差异；只列有权查看的。"
)
