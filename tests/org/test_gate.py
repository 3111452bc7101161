"""The choke point of all pages, as far as it is not walked by the contracts."""

import pytest
from django.test import Client

from tests import make


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/search/", "/org/list/", "/members/", "/"])
def test_an_address_that_no_database_could_read_is_explained(path: str) -> None:
    client = Client()
    client.force_login(make.post(make.committee()).user, backend="dangjian.accounts.backends.AccountBackend")
    answer = client.get(path, {"q": "党\x00委"})
    assert answer.status_code == 422
    assert "不能识别" in answer.content.decode()
    assert client.get(path, {"q": "党委"}).status_code == 200
