"""The secrets of a deployment, and the database they belong to.

Two of them are made by the platform itself: the keys of encrypted fields (``kernel.crypto``) and the key that signs sessions and
check-in codes. The database keeps a check value of each. Where it holds anything, a secret that is missing or another one stops
the start: a new one in its place would open nothing of what is there, and what is written with it would be lost when the old one
comes back.

    verify()    # before serving; raises WrongSecret, whose text says in Chinese what to do
"""

import os
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from dangjian.accounts.models import SecretCheck, Session, User
from dangjian.kernel import crypto, encrypted, environment

SIGNING = "signing"
BRING_BACK = "密钥与数据库要分开备份：请从备份中取回原来的密钥，放回原处，再启动。"
LOST = "确已丢失的，可运行 dangjian keys new-secret 另立一个：所有人须重新登录，正在显示的签到码作废，数据不受影响。"


class WrongSecret(Exception):
    """The secrets at hand are not those of this database. The text says in Chinese what is the matter and what to do."""


def verify() -> None:
    """Raise ``WrongSecret`` unless the secrets at hand are those of the database. Writes nothing.

    An empty database has none yet.
    """
    if not _in_use():
        return
    noted = _noted()
    if not noted:
        _try_what_is_there()
        return
    present = _fingerprints()
    if SIGNING in noted and noted[SIGNING] != present.get(SIGNING):
        raise _signing_refused()
    lacking = [name for name, value in sorted(noted.items()) if value != present.get(name)]
    if lacking:
        raise _keys_refused(f"不是写入这个数据库时用的那一个（缺少或不同：{'、'.join(lacking)}）")


@transaction.atomic
def settle(**_signal: object) -> None:
    """Once the tables are up to date: compare the secrets with the database, make them if it is empty, note what is new."""
    if SecretCheck._meta.db_table not in _tables():
        return
    verify()
    if not _in_use():
        SecretCheck.objects.all().delete()
        _make_signing_key()
    if not any(_stored()):
        _make_keys()
    note()


def note() -> None:
    """Keep a check value of every secret at hand, after ``verify`` has found none to be another one."""
    for name, value in _fingerprints().items():
        SecretCheck.objects.update_or_create(name=name, defaults={"value": value})


@transaction.atomic
def replace_signing_key() -> None:
    """Another key signs from now on, for a deployment whose key was lost or became known. Everybody has to sign in again.

    With ``DANGJIAN_SECRET_KEY`` in the environment it is that one which is noted; else the file gets a new one.
    """
    if not environment.DANGJIAN_SECRET_KEY.is_set:
        crypto.write_anew(os.urandom(32).hex(), settings.DANGJIAN_SECRET_FILE)
    Session.objects.all().delete()
    value = _fingerprints()[SIGNING]
    SecretCheck.objects.update_or_create(name=SIGNING, defaults={"value": value})


def _fingerprints() -> dict[str, str]:
    """The check values of the secrets that a process started now would have; without those that are missing."""
    found = dict(crypto.keyring().fingerprints) if _has_keys() else {}
    signing = crypto.signing_key(settings.DANGJIAN_SECRET_FILE)
    if signing:
        found[SIGNING] = salted_hmac("dangjian.accounts.keys", SIGNING, secret=signing, algorithm="sha256").hexdigest()
    return found


def _try_what_is_there() -> None:
    """For a database older than its check values: what was encrypted in it opens."""
    if not crypto.signing_key(settings.DANGJIAN_SECRET_FILE):
        raise _signing_refused()
    for stored, context in _stored():
        if not _has_keys():
            raise _keys_refused("不见了")
        if context:
            try:
                crypto.decrypt(stored, context)
            except crypto.CryptoError as error:
                raise _keys_refused("打不开库中的数据") from error


def _stored() -> Iterator[tuple[str, str]]:
    """One value of each column that was made with the keys, and its context (none for an index, which cannot be opened)."""
    for column in encrypted.columns():
        yield from ((value, column.context) for value in _first(column.model, column.field.column))
    yield from ((value, "") for value in _first(User, "phone_index"))


def _first(model: Any, column: str) -> list[str]:
    quote = connection.ops.quote_name
    table, name = quote(model._meta.db_table), quote(column)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {table} WHERE {name} <> '' LIMIT 1")  # noqa: S608 - names of our own
        return [row[0] for row in cursor.fetchall()]


def _has_keys() -> bool:
    return environment.DANGJIAN_KEY.is_set or settings.DANGJIAN_KEY_FILE.exists()


def _make_signing_key() -> None:
    if not environment.DANGJIAN_SECRET_KEY.is_set:
        crypto.write_once(settings.SECRET_KEY, settings.DANGJIAN_SECRET_FILE)


def _make_keys() -> None:
    if not environment.DANGJIAN_KEY.is_set:
        crypto.make_key_file(settings.DANGJIAN_KEY_FILE)


def _tables() -> set[str]:
    return set(connection.introspection.table_names())


def _in_use() -> bool:
    """Whether there is an account, or anything that was made with the keys."""
    return User._meta.db_table in _tables() and (User.objects.exists() or any(_stored()))


def _noted() -> dict[str, str]:
    """Check values by name; none in a database that is older than they."""
    there = SecretCheck._meta.db_table in _tables()
    return dict(SecretCheck.objects.values_list("name", "value")) if there else {}


def _keys_refused(what: str) -> WrongSecret:
    if environment.DANGJIAN_KEY.is_set:
        return WrongSecret(f"环境变量 DANGJIAN_KEY 中的密钥{what}，平台没有启动，什么也没有写入。{BRING_BACK}")
    file = settings.DANGJIAN_KEY_FILE
    missing = "" if file.exists() else "，文件不存在"
    return WrongSecret(f"密钥文件 {file} {what}{missing}，平台没有启动，什么也没有写入。{BRING_BACK}")


def _signing_refused() -> WrongSecret:
    where = "环境变量 DANGJIAN_SECRET_KEY" if environment.DANGJIAN_SECRET_KEY.is_set else f"文件 {settings.DANGJIAN_SECRET_FILE}"
    return WrongSecret(f"签名密钥（{where}）不见了，或不是这个数据库原来的那一个，平台没有启动。{BRING_BACK}{LOST}")
