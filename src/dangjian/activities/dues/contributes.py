"""What dues offer to the house."""

from dangjian.activities.dues import permissions

OFFERS = (*permissions.OFFERS,)
