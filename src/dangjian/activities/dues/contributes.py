"""What dues offer to the house."""

from dangjian.activities.dues import duties, permissions
from dangjian.activities.dues.jobs import follow_arrears
from dangjian.activities.dues.organization_panel import organization_panel
from dangjian.kernel.offers import DailyJob, MenuItem, ObjectPanel

OFFERS = (
    *permissions.OFFERS,
    # bills, collecting, a member's own page
    MenuItem("党费", "dues:home", "coin-yuan", "dues.pay", order=30, tab="党费", tab_order=30),
    # assessments and reliefs
    # books
    # bank transfer and online payment
    # duties, statistics
    ObjectPanel("organization", "dues", "党费", "dues/panel_organization.html", "dues.statistics", organization_panel, order=40),
    DailyJob("dues_arrears", "核对欠交党费", follow_arrears, at="05:20", order=10),
    *duties.RULES,
)
