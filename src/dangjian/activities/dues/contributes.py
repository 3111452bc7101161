"""What dues offer to the house."""

from dangjian.activities.dues import permissions
from dangjian.kernel.offers import MenuItem

OFFERS = (
    *permissions.OFFERS,
    # bills, collecting, a member's own page
    MenuItem("党费", "dues:home", "coin-yuan", "dues.pay", order=30, tab="党费", tab_order=30),
    # assessments and reliefs
    # books
    # bank transfer and online payment
    # duties, statistics
)
