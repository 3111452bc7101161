"""What the procedures' engine offers to the house. Each procedure is offered by the app that owns it (``offers``)."""

from dangjian.engines.procedures.actions import branch_following
from dangjian.engines.procedures.actions import member_following as following
from dangjian.engines.procedures.jobs import clear_dossiers, make_dossier, refresh_today
from dangjian.engines.procedures.views import of_members
from dangjian.kernel.offers import BackgroundTask, DailyJob, HomePanel, ObjectPanel
from dangjian.members.offers import AccountFollower, MembershipFollower, MergeFollower, ReversalGuard
from dangjian.org.offers import DissolutionGuard, ReorganisationPart, WorkingDaysFollower

OFFERS = (
    DailyJob("procedures", "刷新办理流程", refresh_today, at="05:20", order=5),
    BackgroundTask("procedures.dossier", make_dossier),
    DailyJob("procedures.dossiers", "清理过期的材料合订文件", clear_dossiers, at="03:55"),
    WorkingDaysFollower("procedures", refresh_today),
    ObjectPanel(
        "member", "procedures", "办理事项", "procedures/panel_member.html", "members.view", of_members.of_member, order=60
    ),
    HomePanel("procedures.own", "procedures/panel_own.html", "members.own", of_members.of_me, order=28),
    AccountFollower("procedures", following.given),
    MembershipFollower("procedures", following.moved, following.left, following.came_back),
    ReversalGuard("procedures", following.written_by),
    MergeFollower("procedures", following.merged),
    DissolutionGuard("procedures", following.obstacle),
    MergeFollower("procedures.branches", branch_following.merged),
    DissolutionGuard("procedures.branches", branch_following.obstacle),
    ReorganisationPart("procedures.branches", built_on=branch_following.built_on, put_back=branch_following.put_back, order=61),
    ReorganisationPart("procedures", built_on=following.built_on, put_back=following.put_back, order=60),
)
