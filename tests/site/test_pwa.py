"""Manifest, service worker and offline page: public, and without a word about whoever is signed in."""

import io
import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, RequestFactory
from PIL import Image

from dangjian.kernel.gate import PUBLIC
from dangjian.site import pwa


@pytest.mark.parametrize("view", [pwa.manifest, pwa.service_worker, pwa.offline])
def test_views_are_public_and_only_read(view: object) -> None:
    assert view.required_permission == PUBLIC  # type: ignore[attr-defined]  # set by ``page``
    assert view.answers_methods == ("GET",)  # type: ignore[attr-defined]  # set by ``page``


def test_manifest_names_the_app_and_icons_of_the_size_they_claim() -> None:
    answer = pwa.manifest(RequestFactory().get("/manifest.webmanifest"))
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = json.loads(answer.content)
    assert manifest["name"] == "智慧党建云平台"
    for icon in manifest["icons"]:
        path = finders.find(icon["src"].removeprefix("/static/"))
        assert path, icon["src"]
        if icon["type"] == "image/png":
            with open(path, "rb") as file:  # noqa: PTH123 - the finder returns a plain path
                size = Image.open(io.BytesIO(file.read())).size
            assert icon["sizes"] == f"{size[0]}x{size[1]}"


@pytest.mark.django_db
def test_service_worker_keeps_only_the_shell_and_the_offline_page(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert "no-cache" in answer["Cache-Control"]
    text = answer.content.decode()
    found = re.search(r"const shell = (\[.*?\]);", text)
    assert found
    shell = json.loads(found.group(1))
    assert shell[-1] == "/offline/"
    assert all(path.startswith("/static/") for path in shell[:-1])
    for path in shell[:-1]:
        assert finders.find(path.removeprefix("/static/")), path


@pytest.mark.django_db
def test_offline_page_says_what_to_do_and_nothing_personal(client: Client) -> None:
    answer = client.get("/offline/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "现在没有网络" in text
    assert "csrfmiddlewaretoken" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/manifest.webmanifest", "/sw.js", "/offline/"])
def test_writing_is_refused(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
