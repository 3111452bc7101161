"""Addresses. Each app brings its own; a plugin's ``urls.py`` is mounted at ``/plugins/<app label>/``."""

from importlib.util import find_spec

from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from dangjian.kernel.ui import gallery
from dangjian.site.api import urls as api_urls

ACTIVITIES = "dangjian.activities"
NAMES = ("meetings", "development", "transfers", "contact", "shifts", "standing", "dues", "feedback")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("dangjian.site.urls")),
    path("", include("dangjian.site.pwa")),
    path("api/v1/", api_urls),
    path("accounts/", include("dangjian.accounts.urls")),
    path("org/", include("dangjian.org.urls")),
    path("members/", include("dangjian.members.urls")),
    path("exchange/", include("dangjian.engines.exchange.urls")),
    path("notifications/", include("dangjian.engines.notifications.urls")),
    path("duties/", include("dangjian.engines.duties.urls")),
    path("procedures/", include("dangjian.engines.procedures.urls")),
    path("annual/", include("dangjian.engines.annual.urls")),
    path("quality/", include("dangjian.engines.quality.urls")),
    path("burden/", include("dangjian.engines.burden.urls")),
    *(
        path(f"{name}/", include(f"{ACTIVITIES}.{name}.urls"))
        for name in NAMES
        if apps.is_installed(f"{ACTIVITIES}.{name}") and find_spec(f"{ACTIVITIES}.{name}.urls")
    ),
]
urlpatterns += [
    path(f"plugins/{plugin.label}/", include(f"{plugin.name}.urls"))
    for plugin in apps.get_app_configs()
    if plugin.name in settings.PLUGINS and find_spec(f"{plugin.name}.urls")
]
if settings.DEBUG:
    urlpatterns.append(path("ui/", gallery.show))

handler404 = "dangjian.site.views.not_found"
handler500 = "dangjian.site.views.server_error"
