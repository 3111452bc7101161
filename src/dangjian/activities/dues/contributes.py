"""What dues offer to the house."""

from dangjian.activities.dues import built_on, duties, permissions, reminders, starting
from dangjian.activities.dues.api import router
from dangjian.activities.dues.assessment import bases
from dangjian.activities.dues.assessment import waiting as assessment_waiting
from dangjian.activities.dues.assessment.actions import paid_before
from dangjian.activities.dues.assessment.panels import member_panel
from dangjian.activities.dues.assessment.queries.certificates import certificates
from dangjian.activities.dues.billing.actions.billing import make_due_bills
from dangjian.activities.dues.billing.actions.going_live import follow_live
from dangjian.activities.dues.billing.queries.contact import paid, paid_otherwise
from dangjian.activities.dues.billing.queries.matters import matters
from dangjian.activities.dues.billing.views import groups, home
from dangjian.activities.dues.demo import STORY
from dangjian.activities.dues.jobs import follow_arrears
from dangjian.activities.dues.ledger import balances
from dangjian.activities.dues.ledger import waiting as ledger_waiting
from dangjian.activities.dues.ledger.actions import passing_up
from dangjian.activities.dues.ledger.actions.books import dues_left
from dangjian.activities.dues.ledger.queries import matters as books
from dangjian.activities.dues.oversight.panels import organization_panel
from dangjian.activities.dues.payments.actions.bank_statements import match_in_background
from dangjian.activities.dues.payments.actions.orders import expire_orders
from dangjian.activities.dues.payments.providers import bank_transfer, gateway
from dangjian.kernel.gate import SIGNED_IN
from dangjian.kernel.offers import ApiRouter, BackgroundTask, DailyJob, HomePanel, MenuItem, ObjectPanel, Waiting
from dangjian.members.offers import ArrivalFollower, CertificateSource, LastContact, MemberMatters, NotComing
from dangjian.org.offers import DissolutionGuard, LiveFollower

OFFERS = (
    *permissions.OFFERS,
    # bills, collecting, a member's own page
    MenuItem("党费", "dues:home", "coin-yuan", "dues.pay", order=30, tab="党费", tab_order=30),
    HomePanel("dues.mine", "dues/billing/panel_mine.html", SIGNED_IN, home.own_panel, order=15),
    HomePanel("dues.collect_group", "dues/billing/panel_group.html", "dues.collect_group", groups.panel, order=20),
    HomePanel("dues.collect", "dues/billing/panel_collect.html", "dues.collect", home.panel, order=25),
    LiveFollower("dues", follow_live, order=10),
    DailyJob("dues_bills", "生成应交党费", make_due_bills, at="00:10", order=10),
    # assessments and reliefs
    bases.SHEET,
    ObjectPanel("member", "dues", "党费", "dues/assessment/panel_profile.html", "dues.view", member_panel, order=35),
    Waiting(
        "dues.reliefs",
        "党费减免待批复",
        "heart-handshake",
        "dues.approve_relief",
        "dues:reliefs",
        assessment_waiting.reliefs_number,
        assessment_waiting.reliefs,
        query="?state=proposed",
        order=20,
    ),
    CertificateSource("dues", "党费交纳方式", certificates),
    # books
    balances.SHEET,
    DailyJob("dues_remittances", "计算应上缴党费", passing_up.daily, at="05:00", order=10),
    DissolutionGuard("dues", dues_left),
    built_on.OFFER,
    # bank transfer and online payment
    bank_transfer.OFFER,
    gateway.OFFER,
    Waiting(
        "dues.books",
        "党费账簿要办的事",
        "building-bank",
        "dues.view_books",
        "dues:books",
        ledger_waiting.keepers_number,
        ledger_waiting.keepers,
        order=26,
    ),
    BackgroundTask("dues.match", match_in_background),
    DailyJob("dues_orders", "网上交纳过期", expire_orders, at="05:10", order=10),
    # duties, statistics
    ObjectPanel(
        "organization", "dues", "党费", "dues/oversight/panel_organization.html", "dues.statistics", organization_panel, order=40
    ),
    DailyJob("dues_arrears", "核对欠交党费", follow_arrears, at="05:20", order=10),
    ApiRouter("dues", "党费", router, order=50),
    reminders.OFFER,
    *starting.STEPS,
    *duties.RULES,
    MemberMatters("dues", matters),
    ArrivalFollower("dues", paid_before.arrived, paid_before.gone_again),
    MemberMatters("dues.books", books.matters),
    LastContact("dues", "最近交党费", paid, "member", "paid_on", order=20),
    NotComing("dues", paid_otherwise, order=30),
    STORY,
)
