"""What makes the site an app on a phone: manifest, service worker and the page shown without network. All public."""

import hashlib
import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.cache import patch_cache_control

from dangjian.kernel.gate import PUBLIC, requires

SHELL = (
    "ui/dangjian.css",
    "ui/dangjian.js",
    "vendor/htmx/htmx.min.js",
    "site/mark.svg",
)


@requires(PUBLIC)
def manifest(_request: HttpRequest) -> JsonResponse:
    """The web app manifest."""
    icons = [
        {"src": static("site/mark.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static("site/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": static("site/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {
            "src": static("site/icon-maskable.png"),
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
    ]
    answer = JsonResponse(
        {
            "id": "/",
            "name": "智慧党建云平台",
            "short_name": "智慧党建",
            "lang": "zh-CN",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f8f6f2",
            "theme_color": "#ffffff",
            "icons": icons,
        },
        content_type="application/manifest+json",
    )
    patch_cache_control(answer, max_age=3600, public=True)
    return answer


@requires(PUBLIC)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker; its text changes with the files it keeps, so that browsers take the new one."""
    offline_url = reverse("pwa:offline")
    shell = [*map(static, SHELL), offline_url]
    offline_page = _offline_page()
    context = {
        "version": hashlib.sha256(json.dumps(shell).encode() + offline_page).hexdigest()[:12],
        "shell": json.dumps(shell),
        "offline": json.dumps(offline_url),
        "static_base": json.dumps(settings.STATIC_URL),
    }
    answer = render(request, "site/sw.js", context, content_type="text/javascript; charset=utf-8")
    patch_cache_control(answer, no_cache=True)
    return answer


@requires(PUBLIC)
def offline(_request: HttpRequest) -> HttpResponse:
    """The page shown without network; it says nothing about whoever is signed in."""
    answer = HttpResponse(_offline_page())
    patch_cache_control(answer, no_cache=True)
    return answer


def _offline_page() -> bytes:
    return render_to_string("errors/offline.html").encode()


app_name = "pwa"
urlpatterns: list[URLPattern] = [
    path("manifest.webmanifest", manifest, name="manifest"),
    path("sw.js", service_worker, name="service_worker"),
    path("offline/", offline, name="offline"),
]
