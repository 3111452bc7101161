"""Who is signed in: sessions in the database, read together with their account in one statement.

Every request of a signed-in person begins with this read. What it finds is judged anew each time, so that signing out, a new
password and a switched-off account tell at once.

The table holds a digest of each key, as it does of tokens: whoever reads a backup cannot sign in with what is found.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends import db
from django.db import DEFAULT_DB_ALIAS, connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from dangjian.accounts.models import Session, User
from dangjian.kernel import prepared_sql
from dangjian.kernel.fields import EncryptedTextField

BACKEND = "dangjian.accounts.backends.AccountBackend"


class SessionStore(db.SessionStore):
    """Django's database sessions (``SESSION_ENGINE``), each with the account that signed in."""

    account: User | None = None
    """The account of the session as it was read; whether the session still lets them in is for ``account_of`` to say."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table."""
        return Session

    def exists(self, session_key: str) -> bool:
        """Whether there is a session with this key."""
        return Session.objects.filter(pk=digest_of(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        """End the session with this key, by default this one."""
        key = session_key or self.session_key
        if key:
            Session.objects.filter(pk=digest_of(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to be written."""
        row: Any = super().create_model_instance(data)
        row.session_key = digest_of(row.session_key)
        row.user_id = int(data[auth.SESSION_KEY]) if auth.SESSION_KEY in data else None
        return row

    def load(self) -> dict[str, Any]:
        """What the session holds; empty if it is unknown or has ended."""
        rows = prepared_sql.read(_read(), [digest_of(self.session_key or ""), timezone.now()])
        if not rows:
            self._session_key = None
            return {}
        (text, user_id, *columns), *_ = rows
        self.account = None if user_id is None else _account([user_id, *columns])
        data: dict[str, Any] = self.decode(text)
        return data


def digest_of(session_key: str) -> str:
    """What the table holds of a key. The key is random and long, so a plain digest cannot be turned back."""
    return hashlib.sha256(session_key.encode()).hexdigest()


class AccountMiddleware(AuthenticationMiddleware):
    """Django's, except that ``request.user`` comes with the session."""

    def process_request(self, request: HttpRequest) -> None:
        """Set ``request.user``, which is looked up when first asked for."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: account_of(request))  # type: ignore[assignment]  # stands for either


def account_of(request: HttpRequest) -> Any:
    """The account that the request's session stands for, or Django's anonymous one."""
    session: Any = request.session
    signed_in_as = session.get(auth.SESSION_KEY)
    account: User | None = session.account
    if (
        account is not None
        and account.is_active
        and signed_in_as == str(account.pk)
        and session.get(auth.BACKEND_SESSION_KEY) == BACKEND
        and constant_time_compare(session.get(auth.HASH_SESSION_KEY, ""), account.get_session_auth_hash())
    ):
        return account
    return auth.get_user(request)


def _account(row: Sequence[Any]) -> User:
    """The account of a row that came without Django's conversions: what is encrypted stays so until it is asked for."""
    fields = [
        field.from_db_value(value, None, connection) if isinstance(field, EncryptedTextField) else value
        for field, value in zip(User._meta.concrete_fields, row, strict=True)
    ]
    return User.from_db(DEFAULT_DB_ALIAS, _columns(), fields)


@cache
def _columns() -> list[str]:
    return [field.attname for field in User._meta.concrete_fields]


@cache
def _read() -> str:
    account = ", ".join(f'u."{field.column}"' for field in User._meta.concrete_fields)
    return f"""
SELECT s.session_data, {account}
  FROM accounts_session s LEFT JOIN accounts_user u ON u.id = s.user_id
 WHERE s.session_key = %s AND s.expire_date > %s"""  # noqa: S608 - made of column names; every value is a parameter
