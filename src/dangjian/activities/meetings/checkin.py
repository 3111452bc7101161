"""The check-in code on the host's screen: six digits and a QR token that change every 30 seconds.

Pure functions over a sitting's number and an instant; nothing is stored. Each sitting has a secret of its own, derived from the
deployment's. A code holds for its 30 seconds and 15 more, so that whoever is just typing is not refused, while a photo of
the screen that is sent on is worthless within a minute. A tap made while there was no network is judged as of its own moment
(``tapped_at``), if the phone sends it within a few minutes.
"""

import base64
import datetime as dt
import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

from dangjian.kernel.errors import Invalid

STEP_SECONDS = 30
GRACE_SECONDS = 15
RESCAN = "签到码每30秒更换一次，请重新扫描主持人屏幕上的二维码，或输入正在显示的六位数字。"


def current_code(sitting_id: int, at: dt.datetime) -> str:
    """The six digits to show at the instant ``at``."""
    return _digits(sitting_id, _step(at))


def token(sitting_id: int, at: dt.datetime) -> str:
    """What the QR code's address ends in at the instant ``at``: sitting, step and signature."""
    step = _step(at)
    return f"{sitting_id:x}-{step:x}-{_signature(sitting_id, step)}"


def opens_before() -> dt.timedelta:
    """How long before a sitting begins people may check in (``CHECK_IN_OPENS_MINUTES``)."""
    return dt.timedelta(minutes=settings.CHECK_IN_OPENS_MINUTES)


def tap_kept() -> dt.timedelta:
    """How long a tap made without network counts (``CHECK_IN_TAP_KEPT_MINUTES``; 0 for not at all)."""
    return dt.timedelta(minutes=settings.CHECK_IN_TAP_KEPT_MINUTES)


def tapped_at(now: dt.datetime, waited: int) -> dt.datetime:
    """The moment of a tap that waited so many seconds for the network; ``now`` if that is longer than it may.

    So is one that waited no longer than the grace, in which its code is good anyway: two clocks never agree to the second.
    """
    return now - dt.timedelta(seconds=waited) if GRACE_SECONDS < waited <= tap_kept().total_seconds() else now


def seconds_left(at: dt.datetime) -> int:
    """Whole seconds until the code on the screen changes (1 to 30)."""
    return STEP_SECONDS - int(at.timestamp()) % STEP_SECONDS


def is_current(sitting_id: int, code: str, at: dt.datetime) -> bool:
    """Whether ``code`` (six digits, spaces allowed) is the sitting's now, or was until less than 15 seconds ago."""
    typed = "".join(code.split())
    return any(hmac.compare_digest(_digits(sitting_id, step).encode(), typed.encode()) for step in _accepted(at))


def named_by(text: str) -> int | None:
    """The number of the sitting that a token names, whether or not it is good; ``None`` if it names none."""
    try:
        number = int(text.strip().partition("-")[0], 16)
    except ValueError:
        return None
    return number if 0 < number < 2**63 else None


def sitting_of(text: str, at: dt.datetime) -> int:
    """The number of the sitting that a token belongs to. Raises ``Invalid`` if it is forged, garbled or out of date."""
    try:
        sitting_text, step_text, signature = text.strip().split("-", 2)
        sitting_id, step = int(sitting_text, 16), int(step_text, 16)
    except ValueError:
        raise Invalid("这个二维码不是签到码。", how=RESCAN) from None
    if not hmac.compare_digest(_signature(sitting_id, step).encode(), signature.encode()):
        raise Invalid("这个二维码不是本系统的签到码，或没有扫完整。", how=RESCAN)
    if step not in _accepted(at):
        raise Invalid("签到码已过期。", how=RESCAN)
    return sitting_id


def _step(at: dt.datetime) -> int:
    return int(at.timestamp()) // STEP_SECONDS


def _accepted(at: dt.datetime) -> tuple[int, ...]:
    now, late = _step(at), int(at.timestamp()) % STEP_SECONDS
    return (now, now - 1) if late < GRACE_SECONDS else (now,)


@lru_cache(maxsize=512)
def _secret(sitting_id: int, deployment: str) -> bytes:
    return hmac.digest(deployment.encode(), f"meetings.sitting:{sitting_id}".encode(), hashlib.sha256)


def _digest(sitting_id: int, purpose: str, step: int) -> bytes:
    return hmac.digest(_secret(sitting_id, settings.SECRET_KEY), f"{purpose}:{sitting_id}:{step}".encode(), hashlib.sha256)


def _digits(sitting_id: int, step: int) -> str:
    return f"{int.from_bytes(_digest(sitting_id, 'code', step)[:8]) % 1_000_000:06d}"


def _signature(sitting_id: int, step: int) -> str:
    return base64.urlsafe_b64encode(_digest(sitting_id, "token", step)[:15]).decode()
