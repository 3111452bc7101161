"""The demonstration's story of other systems: the national one is compared, a new export waits; human resources are believed."""

import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from dangjian.engines.exchange import actions, writing
from dangjian.engines.exchange.models import Believed, ImportBatch, OutsideSystem, SheetTemplate, SystemKind
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import World, acting, moment
from dangjian.kernel.identity import fictional_resident_id
from dangjian.org.sheet_offers import OnRecord

NATIONAL, STAFF = "全国党员管理信息系统", "集团人力资源系统"
TEMPLATE = "platform.members.national"
KEEP, IMPORT = "exchange.keep_systems", "members.import"
Change = Callable[[list[OnRecord]], Iterable[OnRecord]]


def scenes(world: World, _random: Random) -> Iterator[Scene]:
    """Both systems are registered and compared a month ago; the latest export of the national one waits to be decided."""
    begin = world.today - dt.timedelta(days=45)
    if begin < world.months[0]:
        return
    yield Scene(moment(begin, 9), partial(_register, world))
    yield Scene(moment(begin + dt.timedelta(days=3), 10), partial(_finish, world, NATIONAL, "全国库导出.xlsx", _national))
    yield Scene(moment(begin + dt.timedelta(days=10), 10), partial(_finish, world, STAFF, "人员名单.xlsx", _staff))
    yield Scene(moment(world.today - dt.timedelta(days=1), 16), partial(_upload, world, NATIONAL, "全国库最新导出.xlsx", _latest))


def _register(world: World) -> None:
    with acting(world.office, KEEP) as actor:
        place = world.organization(world.committee)
        actions.register(
            actor=actor, organization=place, title=NATIONAL, kind=SystemKind.NATIONAL, sheet_code="roster", every_months=3,
            keeper="集团党委组织部统计岗，内线2101", template_key=TEMPLATE,
        )  # fmt: skip
        actions.register(
            actor=actor, organization=place, title=STAFF, kind=SystemKind.HUMAN_RESOURCES, sheet_code="staff", every_months=1,
            keeper="人力资源部信息岗，内线2305",
        )  # fmt: skip


def _upload(world: World, title: str, file_name: str, change: Change) -> ImportBatch:
    with acting(world.office, IMPORT) as actor:
        system = OutsideSystem.objects.get(title=title)
        batch: ImportBatch = actions.upload_comparison(
            actor=actor, system=system, file=_file(world, system, change), file_name=file_name
        )
    actions.check(pk=batch.pk)
    return batch


def _finish(world: World, title: str, file_name: str, change: Change) -> None:
    batch = _upload(world, title, file_name, change)
    with acting(world.office, IMPORT) as actor:
        found = ImportBatch.objects.get(pk=batch.pk)
        if not found.is_open:
            return
        actions.leave_out_wrong(actor=actor, batch=found)
        actions.believe(actor=actor, batch=found, believed=Believed.OURS, column="school")
        actions.start_commit(actor=actor, batch=ImportBatch.objects.get(pk=batch.pk), leave_open=True)
    actions.commit(pk=batch.pk)


def _file(world: World, system: OutsideSystem, change: Change) -> io.BytesIO:
    """An export of the system: what is on record, with what they know otherwise."""
    sheet = system.sheet
    template = (
        SheetTemplate.objects.get(key=system.template_key).latest.meaning
        if system.template_key
        else writing.plain_template(sheet)
    )
    records = list(sheet.out.rows(world.organization(world.committee), None)) if sheet.out else []
    return writing.workbook(template, sheet, change(records))


def _with(record: OnRecord, **values: Any) -> OnRecord:
    return replace(record, values={name: value for name, value in {**record.values, **values}.items() if value not in {None, ""}})


def _national(records: list[OnRecord]) -> Iterator[OnRecord]:
    """They have other schools and native places, lack a few numbers, and do not know of two transfers."""
    for place, record in enumerate(records):
        if place in {240, 555}:
            continue
        if place % 350 == 40:
            yield _with(record, school="虚构理工大学")
        elif place % 400 == 90:
            yield _with(record, native_place="虚构省北斗市", mobile=None)
        else:
            yield record
    if records:
        number = fictional_resident_id(dt.date(1986, 5, 4), 321, region="990077")
        yield _with(records[0], name="虚构来者", resident_id=number, birth_on=dt.date(1986, 5, 4), mobile=None, group=None)


def _latest(records: list[OnRecord]) -> Iterator[OnRecord]:
    """The same again, and one without a number whose birth date is near."""
    for place, record in enumerate(_national(records)):
        born = record.values.get("birth_on")
        if place == 120 and born:
            other = born.replace(day=born.day % 27 + 1)
            yield _with(record, resident_id=None, birth_on=other)
        elif place == 160:
            yield _with(record, education="31")
        else:
            yield record


def _staff(records: list[OnRecord]) -> Iterator[OnRecord]:
    """Some have changed their posts, one has left."""
    for place, record in enumerate(records):
        if place % 300 == 20:
            yield _with(record, job_title="值班长", resident_id=None)
        elif place == 77:
            yield _with(record, status="合同解除", resident_id=None)
        else:
            yield _with(record, resident_id=None)


STORY = DemoStory("systems", "外部系统比对", scenes, order=80)
