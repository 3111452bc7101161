"""What tables of the annual report count of the appraisal of members, and of leaders by members."""

from dangjian.activities.meetings.queries import appraisals, leaders
from dangjian.kernel.tabulation import Population
from dangjian.members.populations import PEOPLE
from dangjian.org.populations import BODIES

BRANCHES = Population(
    code="appraised_branches",
    title="开展民主评议的党支部",
    unit="个",
    says="{since}至{until}开展民主评议党员的党支部",
    dimensions=appraisals.DIMENSIONS,
    scan=appraisals.scan_branches,
    behind=BODIES,
    about="organizations",
)

MEMBERS = Population(
    code="appraised_members",
    title="参加民主评议的党员",
    unit="名",
    says="{since}至{until}参加民主评议的党员",
    dimensions=(*appraisals.DIMENSIONS, appraisals.GRADE),
    scan=appraisals.scan_members,
    behind=PEOPLE,
    about="members",
)

LEADERS = Population(
    code="leaders_appraised",
    title="评议领导班子的党组织",
    unit="个",
    says="{since}至{until}由党员评议领导班子的党组织",
    dimensions=leaders.DIMENSIONS,
    scan=leaders.scan_bodies,
    behind=BODIES,
    about="organizations",
)

APPRAISING = Population(
    code="leaders_appraising",
    title="评议领导班子的党员",
    unit="名",
    says="{since}至{until}参加评议领导班子的党员",
    dimensions=leaders.DIMENSIONS,
    scan=leaders.scan_members,
    behind=PEOPLE,
    about="members",
)

OFFERS = (BRANCHES, MEMBERS, LEADERS, APPRAISING)
