"""What tables of the annual report count of penalties, and who may open the list behind their figures."""

from dataclasses import replace

from dangjian.activities.standing.queries.population import PENALTY_DIMENSIONS, scan_penalties
from dangjian.kernel.tabulation import Population
from dangjian.members.populations import PEOPLE

PENALTIES = Population(
    code="penalties",
    title="党纪处分",
    unit="人次",
    says="{since}至{until}受到的党纪处分",
    dimensions=PENALTY_DIMENSIONS,
    scan=scan_penalties,
    # Whom they are about is not for everybody on a committee who reads the figures.
    behind=replace(PEOPLE, of="person", permission="standing.view"),
)
