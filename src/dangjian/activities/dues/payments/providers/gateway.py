"""The group's payment gateway: a signed address to pay at, and signed notices back. The protocol is in ``docs/payments.md``."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from dangjian.activities.dues.ledger.models import Book
from dangjian.activities.dues.offers import Guidance, Notice, NoticeRefused, PaymentProvider
from dangjian.activities.dues.payments.models import PaymentOrder
from dangjian.activities.dues.payments.providers import signing
from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.openings import register

CODE: Final = "gateway"
WINDOW: Final = dt.timedelta(minutes=5)
"""How far the clock of the gateway may be from ours, and how long a notice may travel. Later ones are signed anew."""
LARGEST_FEN: Final = 10**11
_TEXTS: Final = {"merchant": 64, "order": 40, "transaction": 80, "status": 16, "paid_at": 40}
_SIGN: Final = {"paid": 1, "returned": -1}


def _merchants() -> dict[str, str]:
    """Numbers of merchants by the code of the organisation whose account they pay into."""
    pairs = (entry.partition("=") for entry in settings.DUES_GATEWAY_MERCHANTS.split(",") if entry.strip())
    return {code.strip(): merchant.strip() for merchant, _, code in pairs}


def faults() -> list[str]:
    """What keeps the settings from working; the gateway is offered only if there is nothing."""
    found = []
    if not settings.DUES_GATEWAY_URL.startswith("https://"):
        found.append("DUES_GATEWAY_URL must be an address with https://")
    if not settings.DUES_GATEWAY_KEYS or any(len(key) < signing.SHORTEST_KEY for key in settings.DUES_GATEWAY_KEYS):
        found.append(f"DUES_GATEWAY_KEYS must name at least one key, each of at least {signing.SHORTEST_KEY} characters")
    if settings.DUES_GATEWAY_HASH not in signing.HASHES:
        found.append(f"DUES_GATEWAY_HASH must be one of {', '.join(signing.HASHES)}")
    if not _merchants() or "" in _merchants() or "" in _merchants().values():
        found.append("DUES_GATEWAY_MERCHANTS must be merchant=code of an organisation, separated by commas")
    return found


def _ready(book: Book) -> bool:
    return not faults() and book.organization.code in _merchants()


def _guide(order: PaymentOrder, book: Book, base_url: str) -> Guidance:
    fields: dict[str, str | int] = {
        "merchant": _merchants()[book.organization.code],
        "order": order.reference,
        "amount": order.amount_fen,
        "currency": "CNY",
        "subject": "党费",
        "expires": int(order.expires_at.timestamp()),
        "timestamp": int(clock.now().timestamp()),
        "return_url": base_url + reverse("dues:order", args=[order.pk]),
        "notify_url": base_url + reverse("dues:callback", args=[CODE]),
    }
    signed = signing.signature(settings.DUES_GATEWAY_KEYS[0], signing.canonical(fields), settings.DUES_GATEWAY_HASH)
    joint = "&" if "?" in settings.DUES_GATEWAY_URL else "?"
    return Guidance(
        advice="点“去支付”，在支付页面完成付款后回到这里。支付结果以到账通知为准，一般在一分钟内。",
        url=f"{settings.DUES_GATEWAY_URL}{joint}{urlencode({**fields, 'signature': signed})}",
    )


def read_notice(body: bytes, headers: Mapping[str, str]) -> Notice:
    """A notice whose signature and time are right. Raises ``NoticeRefused``."""
    if faults():
        raise NoticeRefused("not_configured", "没有配置这种支付方式。", 404)
    timestamp = headers.get("dues-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise NoticeRefused("signature", "签名不对。", 401)
    content = timestamp.encode() + b"\n" + body
    claimed = headers.get("dues-signature", "").strip().lower()
    if not signing.is_signed(settings.DUES_GATEWAY_KEYS, content, claimed, settings.DUES_GATEWAY_HASH):
        raise NoticeRefused("signature", "签名不对。", 401)
    if abs(clock.now().timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise NoticeRefused("timestamp", "通知的时间与本系统相差超过五分钟，请重新签名后再发。", 401)
    return _understood(_parsed(body))


def _parsed(body: bytes) -> dict[str, object]:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({name for name, _ in pairs}) < len(pairs):
            raise _malformed("字段重复")
        return dict(pairs)

    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=once)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise _malformed("不是UTF-8的JSON") from None
    if not isinstance(found, dict):
        raise _malformed("不是JSON对象")
    return found


def _malformed(what: str) -> NoticeRefused:
    return NoticeRefused("malformed", f"通知的内容不合约定：{what}。", 422)


def _understood(found: dict[str, Any]) -> Notice:
    for name, longest in _TEXTS.items():
        value = found.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
            raise _malformed(f"{name}应为1至{longest}个字符的文字")
    amount = found.get("amount")
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount < LARGEST_FEN:
        raise _malformed("amount应为以分为单位的正整数")
    if found.get("currency") != "CNY" or found["status"] not in _SIGN:
        raise _malformed("currency应为CNY，status应为paid或returned")
    return Notice(
        transaction_no=found["transaction"],
        reference=found["order"],
        amount_fen=amount * _SIGN[found["status"]],
        paid_at=_instant(found["paid_at"]),
        organization_id=_holder(found["merchant"]),
    )


def _instant(text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _malformed("paid_at应为带时区的ISO 8601时间")
    if found > clock.now() + WINDOW or found.year < 2008:
        raise _malformed("paid_at不在合理的范围内")
    return found


def _holder(merchant: str) -> int:
    code = next((code for code, number in _merchants().items() if number == merchant), "")
    # The gateway names the account by the merchant's number, and belongs to no scope.
    found: int | None = register(Organization).filter(code=code).values_list("pk", flat=True).first() if code else None
    if found is None:
        raise NoticeRefused("merchant", "没有这个商户号。", 422)
    return found


OFFER = PaymentProvider(
    code=CODE,
    title="网上支付",
    intro="跳转到集团统一支付平台付款，付完马上到账。",
    icon="credit-card",
    method="online",
    lifetime=dt.timedelta(hours=2),
    ready=_ready,
    guide=_guide,
    read_notice=read_notice,
    order=10,
)
