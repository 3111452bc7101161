"""A small enterprise with a party office, and what an upload needs."""

import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dangjian.accounts.models import User
from dangjian.engines.exchange import actions
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow
from dangjian.members.models import ChangeKind
from dangjian.members.sheets.roster.sheet import ROSTER
from dangjian.org import roles
from dangjian.org.gate import admitted
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Sheet
from dangjian.org.unscoped import unscoped
from tests import make
from tests.members.sheets import people

ANSWERED = {
    "entry_kind": ChangeKind.OPENING.value,
    "effective_on": dt.date(2026, 11, 1),
    "existing": "update",
    "document": "",
}


@dataclass
class Enterprise:
    """One committee, two general branches with a branch each, an office above and one below."""

    committee: Organization
    first: Organization
    second: Organization
    one: Organization
    two: Organization
    office: User
    below: User

    def upload(
        self, file: io.BytesIO | list[dict[str, Any]], who: User | None = None, *, sheet: Sheet = ROSTER, **more: Any
    ) -> ImportBatch:
        """Upload (and so check: tasks run at once in tests) as the office."""
        actor = make.actor(who or self.office)
        more.setdefault("organization", self.committee)
        more.setdefault("file_name", f"{sheet.words.noun}.xlsx")
        answers = more.pop("answered", {}) | {name: more.pop(name) for name in ANSWERED.keys() & more.keys()}
        if sheet is ROSTER:
            answers = ANSWERED | answers
        content = people.sheet(file) if isinstance(file, list) else file
        with admitted(actor, sheet.permission):
            batch = actions.upload(actor=actor, sheet=sheet, file=content, answers=answers, **more)
        actions.check(pk=batch.pk)
        return self.again(batch)

    def commit(self, batch: ImportBatch) -> ImportBatch:
        """Enter the batch as the office."""
        actor = make.actor(self.office)
        with admitted(actor, batch.sheet.permission):
            assert actions.start_commit(actor=actor, batch=batch)
        actions.commit(pk=batch.pk)
        return self.again(batch)

    def undo(self, batch: ImportBatch) -> ImportBatch:
        """Take the batch back as the office."""
        actor = make.actor(self.office)
        with admitted(actor, batch.sheet.permission):
            assert actions.start_undo(actor=actor, batch=batch)
        actions.undo(pk=batch.pk)
        return self.again(batch)

    def again(self, batch: ImportBatch) -> ImportBatch:
        """The batch as it stands now."""
        with unscoped("test world"):
            found: ImportBatch = ImportBatch.objects.select_related("organization", "uploaded_by").get(pk=batch.pk)
        return found

    def problems(self, batch: ImportBatch) -> dict[str, str]:
        """Messages by cell; those of warnings begin with ``~``."""
        with unscoped("test world"):
            rows = list(ImportProblem.objects.filter(batch=batch))
        return {row.cell: ("~" if row.is_warning else "") + row.message for row in rows}

    def outcomes(self, batch: ImportBatch) -> list[str]:
        """What becomes of each row."""
        with unscoped("test world"):
            return list(ImportRow.objects.filter(batch=batch).values_list("outcome", flat=True))


@pytest.fixture
def enterprise(db: None) -> Enterprise:
    committee = make.committee(name="虚构集团党委")
    first = make.general_branch(committee, name="虚构第一总支")
    second = make.general_branch(committee, name="虚构第二总支")
    return Enterprise(
        committee,
        first,
        second,
        make.branch(first, name="机电党支部"),
        make.branch(second, name="机务党支部"),
        make.grant(committee, roles.PARTY_OFFICE).user,
        make.grant(first, roles.PARTY_WORKER).user,
    )


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    """Each test keeps its files in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path
