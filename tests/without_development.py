"""Settings of a platform without the development of members: what knows it must not be needed by what does not."""

from tests.settings import *  # noqa: F403 - all but one app
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "dangjian.activities.development"]
