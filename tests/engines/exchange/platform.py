"""What an enterprise has on record (``round_trip.yaml``), brought onto an empty platform sheet by sheet."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import yaml

from dangjian.engines.exchange.definition import Definition
from dangjian.engines.exchange.models import State
from dangjian.kernel import spreadsheets
from dangjian.kernel.spreadsheets import Column
from dangjian.org import roles
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Sheet
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise
from tests.members.sheets.people import resident_id

RECORDS: dict[str, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("round_trip.yaml").read_text("utf-8"))
ANSWERS: dict[str, dict[str, Any]] = {"dues_bases": {"from_month": "2026-11-01"}}


def empty_platform() -> Enterprise:
    """A platform with nothing but its highest committee and its office."""
    top = make.committee(name="虚构集团党委", effective_on=dt.date(2010, 7, 1))
    office = make.grant(top, roles.PARTY_OFFICE).user
    make.grant(top, roles.SECRETARY, office)
    return Enterprise(top, top, top, top, top, office, office)


def typed(told: list[dict[str, Any]]) -> io.BytesIO:
    """Rows as a spreadsheet; an identity number is told by the place of its person."""
    rows = [
        {
            name: resident_id(value) if isinstance(value, int) and name == "公民身份号码" else _text(value)
            for name, value in row.items()
        }
        for row in told
    ]
    headers = list(dict.fromkeys(header for row in rows for header in row))
    made = [[row.get(header) for header in headers] for row in rows]
    return spreadsheets.write([Column(header, kind="general") for header in headers], made, title="表")


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def enter(platform: Enterprise, one: Sheet, file: io.BytesIO, template: Definition | None = None) -> None:
    """Upload a sheet without faults and enter it."""
    # What the platform proposes is answered, but for what a fixed day needs.
    with unscoped("test world"):
        proposed = {
            name: field.initial() if callable(field.initial) else field.initial for name, field in one.questions().items()
        }
    answers = {**proposed, **ANSWERS.get(one.code, {})}
    batch = platform.upload(file, sheet=one, template=template, **({} if one.code == "roster" else {"answered": answers}))
    wrong = {cell: text for cell, text in platform.problems(batch).items() if not text.startswith("~")}
    assert (batch.state, wrong) == (State.READY, {}), one.code
    assert platform.commit(batch).state == State.COMMITTED
    if one.code == "organizations":
        # The office says from when on the platform is used; what was done before comes in by sheets.
        with unscoped("test world"):
            Organization.objects.update(live_on=dt.date(2026, 11, 1))
