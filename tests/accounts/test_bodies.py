"""How much may be sent: strangers only words, members what the pages promise, and the documented proxy lets that pass."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.test import Client
from django.urls import reverse

from dangjian.accounts import actions
from dangjian.engines.exchange.actions import LIMITS
from dangjian.kernel import files, pictures
from tests import make

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
LARGE = b"x" * (settings.LARGEST_OF_STRANGERS + 1)


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of files of which a byte was read."""
    begun: list[str] = []
    before = FileUploadHandler.new_file

    def new_file(self: Any, field_name: str, file_name: str, *rest: Any, **more: Any) -> Any:
        begun.append(file_name)
        return before(self, field_name, file_name, *rest, **more)

    monkeypatch.setattr(FileUploadHandler, "new_file", new_file)
    return begun


def upload(client: Client, address: str, content: bytes = LARGE) -> int:
    return client.post(address, {"file": SimpleUploadedFile("large.bin", content)}).status_code


def test_a_stranger_sends_no_file(client: Client, kept: list[str]) -> None:
    strangers = Client(enforce_csrf_checks=True)
    strangers.cookies["csrftoken"] = "x" * 32
    for who in (client, strangers):
        answer = who.post(reverse("accounts:sign_in"), {"file": SimpleUploadedFile("large.bin", LARGE)})
        assert answer.status_code == 413
        assert "没有登录" in answer.content.decode()
        assert "文字还在" in answer.content.decode()
    client.cookies["sessionid"] = "x" * 32
    assert upload(client, "/nowhere/") == 413
    assert kept == []


def test_a_stranger_still_signs_in(client: Client) -> None:
    user = make.user()
    posted = {"username": user.username, "password": "Test-1234"}
    assert client.post(reverse("accounts:sign_in"), posted).status_code == 302


def test_who_is_signed_in_sends_more_but_not_without_end(client: Client, kept: list[str], settings: Any) -> None:
    client.force_login(make.user())
    assert upload(client, reverse("accounts:contact")) in {200, 302, 422}
    assert kept == ["large.bin"]
    settings.LARGEST_REQUEST = len(LARGE)
    answer = client.post(reverse("accounts:contact"), {"file": SimpleUploadedFile("larger.bin", LARGE)})
    assert answer.status_code == 413
    assert "分几次上传" in answer.content.decode()
    assert kept == ["large.bin"]


def test_a_program_sends_no_more_than_stays_in_memory(client: Client, settings: Any) -> None:
    user = make.user()
    _token, key = actions.issue_token(actor=make.actor(user), user=user, title="对接")
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(LARGE)
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.post("/api/v1/meetings", b"x" * (len(LARGE) + 1), content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["how"]) == (413, "请分几次发送。")


@pytest.mark.parametrize("length", ["-1", "1e9"])
def test_a_length_that_is_none_is_refused(client: Client, length: str) -> None:
    assert client.post("/accounts/sign-in/", {}, CONTENT_LENGTH=length).status_code == 413


def test_what_pages_promise_fits_and_the_documented_proxy_lets_it_pass() -> None:
    assert max(files.LARGEST, pictures.LARGEST, LIMITS.file_size) < settings.LARGEST_REQUEST
    documented = (ROOT / "docs/deployment.md").read_text("utf-8")
    [proxy] = re.findall(r"client_max_body_size (\d+)m;", documented)
    assert int(proxy) * 1024 * 1024 >= settings.LARGEST_REQUEST
    [default] = re.findall(r"`LARGEST_REQUEST_MB` \| `(\d+)`", documented)
    assert int(default) * 1024 * 1024 == settings.LARGEST_REQUEST
