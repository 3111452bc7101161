"""A new key for the encrypted fields, and what the old ones are still needed for.

    rotate(actor=…)             # a further key, which encrypts from now on; the others go on opening what they encrypted
    reencrypt(actor=…, say=…)   # what is there already, in the background; it may be stopped and begun again at any time
    usage()                     # what each key is needed for
    drop(actor=…, name="k2")    # takes out a key that nothing needs

The oldest key is never taken out, because the indexes by which people are found come from it, nor is one that made seals of the
trail. See “Changing the keys” in ``docs/deployment.md``.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from dangjian.accounts import keys
from dangjian.accounts.events import record
from dangjian.accounts.models import Event, SecretCheck, TrailSeal
from dangjian.kernel import clock, crypto, encrypted, environment
from dangjian.kernel.actor import Actor
from dangjian.kernel.alone import alone
from dangjian.kernel.errors import Conflict
from dangjian.kernel.offers import EncryptedElsewhere
from dangjian.kernel.registry import offers

ADDED, REENCRYPTED, DROPPED = "accounts.key_added", "accounts.reencrypted", "accounts.key_dropped"
REST: Final = dt.timedelta(hours=1)
"""Who began before everything was encrypted again may still write with the key of before; after so long nobody does."""

Waiting = Callable[[], object]


@dataclass
class Usage:
    """What a key is needed for. ``values`` counts by column (or by what stands elsewhere) what was encrypted with it."""

    name: str
    is_newest: bool
    is_oldest: bool
    seals: int = 0
    values: Counter[str] = field(default_factory=Counter)

    @property
    def needs(self) -> list[str]:
        """In Chinese, why it cannot be taken out; empty if nothing needs it."""
        found = ["新内容用它加密"] if self.is_newest else []
        found += ["按身份证号、手机号查找用的索引由它算出"] if self.is_oldest else []
        found += [f"操作留痕有{self.seals}次封存要用它核对"] if self.seals else []
        found += [f"还有{number}条内容用它加密（{where}）" for where, number in sorted(self.values.items())]
        return found


def usage() -> list[Usage]:
    """Every key at hand, the oldest first; also one that is missing though something was encrypted with it."""
    ring = crypto.keyring()
    found = {name: Usage(name, name == ring.newest, name == ring.oldest) for name in ring.fingerprints}

    def of(name: str) -> Usage:
        return found.setdefault(name, Usage(name, is_newest=False, is_oldest=False))

    for (context, name), number in encrypted.counts().items():
        of(name).values[context] += number
    for elsewhere in offers(EncryptedElsewhere):
        for name, number in elsewhere.by_key().items():
            of(name).values[elsewhere.title] += number
    for row in TrailSeal.objects.order_by().values("key").annotate(number=Count("pk")):
        of(row["key"]).seals = row["number"]
    return sorted(found.values(), key=lambda one: (len(one.name), one.name))


def rotate(*, actor: Actor, waiting: Waiting) -> str:
    """Add a key, note it in the database and on the trail, and return its name. Whatever is written from now on uses it.

    :raises Conflict: if the keys come from the environment, where nobody can add one from here.
    :raises keys.WrongSecret: if the keys at hand are not those of the database.
    """
    if environment.DANGJIAN_KEY.is_set:
        raise Conflict(
            "密钥来自环境变量 DANGJIAN_KEY，不能由平台增加。",
            how="请停止平台，在该变量末尾加上编号更大的新密钥（如 ,k2:新密钥；可用 openssl rand -base64 32 生成），"
            "启动后运行 dangjian keys reencrypt。",
        )
    with alone("keys", waiting=waiting), transaction.atomic():
        keys.verify()
        # Before the end of the transaction: a key that is in the file and not noted yet does no harm, the reverse would.
        name = crypto.add_key(settings.DANGJIAN_KEY_FILE)
        keys.note()
        record(actor=actor, verb=ADDED, summary=f"启用新的加密密钥 {name}", data={"key": name})
    return name


def reencrypt(*, actor: Actor, say: encrypted.Say, waiting: Waiting) -> encrypted.Renewed:
    """Encrypt with the newest key whatever was encrypted with another. Others may work meanwhile; two of this take turns.

    :raises keys.WrongSecret: if the keys at hand are not those of the database.
    """
    with alone("reencrypt", waiting=waiting):
        keys.verify()
        keys.note()
        result = encrypted.renew(say)
        newest = crypto.keyring().newest
        if result.done or not Event.objects.filter(verb=REENCRYPTED, data__key=newest).exists():
            summary = f"用密钥 {newest} 重新加密{result.done}条内容"
            data = {"key": newest, "done": result.done, "closed": result.closed}
            record(
                actor=actor,
                verb=REENCRYPTED,
                summary=f"{summary}，另有{result.closed}条打不开" if result.closed else summary,
                data=data,
            )
    return result


def drop(*, actor: Actor, name: str, waiting: Waiting) -> None:
    """Take out a key that nothing needs any more. With the keys in the environment it is only no longer asked for.

    :raises Conflict: if there is no such key, if something needs it, or if others may still be writing with it.
    """
    with alone("keys", waiting=waiting):
        with transaction.atomic():
            keys.verify()
            one = next((each for each in usage() if each.name == name), None)
            if one is None:
                raise Conflict(f"没有密钥 {name}。", how="运行 dangjian keys status 可以看到现有的密钥。")
            if one.needs:
                raise Conflict(f"密钥 {name} 还要用，没有删除：{'；'.join(one.needs)}。", how=_how(one))
            _refuse_too_early(name)
            SecretCheck.objects.filter(name=name).delete()
            record(actor=actor, verb=DROPPED, summary=f"停用加密密钥 {name}", data={"key": name})
        # After the end of the transaction: a key too many does no harm, a check value without its key would stop the next start.
        if not environment.DANGJIAN_KEY.is_set:
            crypto.drop_key(settings.DANGJIAN_KEY_FILE, name)


def _how(one: Usage) -> str:
    if one.values and not one.is_newest:
        return "请先运行 dangjian keys reencrypt；待处理的上传文件处理完后会自动删除。"
    return "它须一直保留，不影响使用新的密钥。"


def _refuse_too_early(name: str) -> None:
    newest = crypto.keyring().newest
    last = Event.objects.filter(verb=REENCRYPTED, data__key=newest).order_by("-pk").first()
    if last is None:
        raise Conflict(f"密钥 {name} 没有删除：换用 {newest} 后还没有重新加密过。", how="请先运行 dangjian keys reencrypt。")
    if clock.now() < last.at + REST:
        raise Conflict(
            f"密钥 {name} 没有删除：刚刚重新加密完，正在进行的操作可能还在用它。",
            how=f"请在重新加密完成{REST // dt.timedelta(hours=1)}小时后再试。",
        )
