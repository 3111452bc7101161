"""The figures of the yearly tables: what counts in which line, in which group, and what does not."""

import datetime as dt

import pytest

from dangjian.activities.standing.views.statistics import CHANGE_STATISTICS, EXIT_STATISTICS, PENALTY_STATISTICS
from dangjian.kernel import clock
from dangjian.kernel.periods import YEAR, Span
from dangjian.kernel.statistics import Asked
from dangjian.members.actions import account, reversing
from dangjian.members.models import ChangeKind, Member, Sanction
from dangjian.members.queries.account import flow
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
LAST_YEAR, THIS_YEAR = dt.date(2025, 5, 1), dt.date(2026, 5, 1)


def test_changes_penalties_and_their_groups() -> None:
    committee = make.committee()
    branch, other = make.branch(committee), make.branch(committee)

    def member(**more: object) -> Member:
        return make.member(branch, birth_on=dt.date(1990, 5, 1), **more)

    def leave(who: Member, kind: ChangeKind, day: dt.date = THIS_YEAR) -> None:
        account.leave(actor=make.SYSTEM, member=who, kind=kind, effective_on=day)

    with unscoped("test"):
        lost, mistake, moved = member(), member(), member()
        leave(member(), ChangeKind.EXPELLED)
        leave(member(), ChangeKind.DECEASED)
        leave(lost, ChangeKind.SUSPENDED, LAST_YEAR)
        leave(Member.objects.select_related("branch").get(pk=lost.pk), ChangeKind.SELF_EXIT_LOST)
        leave(mistake, ChangeKind.SELF_EXIT)
        line = mistake.entries.get(kind=ChangeKind.SELF_EXIT)
        reversing.reverse(actor=make.SYSTEM, entry=line, reason="登记错了")
        found, pardoned = member(), member()
        leave(found, ChangeKind.SUSPENDED, LAST_YEAR)
        leave(pardoned, ChangeKind.PERSUADED, LAST_YEAR)
        for one in Member.objects.select_related("branch").filter(pk__in=[found.pk, pardoned.pk]):
            restored = {"kind": ChangeKind.RESTORED, "effective_on": THIS_YEAR, "category": "1"}
            account.enter(actor=make.SYSTEM, member=one, branch=branch, **restored)
        account.move(actor=make.SYSTEM, members=[moved], to=other, effective_on=THIS_YEAR)
        first = Sanction.objects.create(
            member=moved, kind="probation_within_party", starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 7, 1)
        )
        Sanction.objects.create(
            member=moved,
            kind="probation_within_party",
            starts_on=dt.date(2026, 7, 1),
            ends_on=dt.date(2027, 1, 1),
            extends=first,
        )
        Sanction.objects.create(member=moved, kind="rights_suspended", starts_on=THIS_YEAR)
        Sanction.objects.create(member=mistake, kind="warning", starts_on=LAST_YEAR)
        asked = Asked.of(committee, Span.of(clock.today(), YEAR))
        changes = CHANGE_STATISTICS.counted.total(asked, "organization")
        exits = EXIT_STATISTICS.counted.total(asked, "organization")
        penalties = PENALTY_STATISTICS.counted.total(asked, "organization")
        by_age = EXIT_STATISTICS.counted(asked, "age")
        by_joined = EXIT_STATISTICS.counted(asked, "joined")
        table = flow(committee.pk, dt.date(2025, 12, 31), dt.date(2026, 12, 31))
    # Of table 1, which balances, only whoever counted until then; of tables 10 and 11 everybody who left the Party.
    assert (changes.exits, changes.deceased, changes.suspended, changes.transferred_out) == (1, 1, 0, 0)
    assert (changes.restored, changes.restored_after_suspension) == (2, 1)
    assert (exits.exits, exits.expelled, exits.self_exit_lost, exits.self_exit) == (2, 1, 1, 0)
    assert {code: found.exits for code, found in by_age.items() if found.exits} == {"36_54": 2}
    assert {code: found.exits for code, found in by_joined.items() if found.exits} == {"2002_2012": 2}
    assert (penalties.probation_within_party, penalties.warning, penalties.expelled) == (1, 0, 1)
    # Whoever was suspended before left the count then: the removal changes no number, and the account balances.
    assert (table.decreases, table.balances) == ({ChangeKind.EXPELLED: 1, ChangeKind.DECEASED: 1}, True)
