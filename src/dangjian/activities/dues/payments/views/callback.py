"""The address to which payment providers send their notices. Public: the signature of a notice is the only thing believed."""

import logging

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from dangjian.activities.dues.offers import NoticeRefused
from dangjian.activities.dues.payments.actions.notices import receive_notice
from dangjian.kernel.addresses import address_of
from dangjian.kernel.errors import Refusal
from dangjian.kernel.gate import PUBLIC, requires

MOST_BYTES = 16_384
logger = logging.getLogger(__name__)


# A provider has no session and no page of ours, so no CSRF token; it acts for nobody, and what it sends is signed.
@csrf_exempt
@requires(PUBLIC, methods=("POST",), opened="")
def callback(request: HttpRequest, code: str) -> JsonResponse:
    """``{"result": "booked" | "repeated" | "held", "receipt": …}``, or ``{"error": …, "message": …}`` with 4xx.

    Every answer of 200 says that the notice is kept and need not be sent again.
    """
    # A stranger's request leaves nothing in the database, only a line in the log.
    try:
        told = receive_notice(
            code=code, body=_body(request), headers={name.lower(): text for name, text in request.headers.items()}
        )
    except NoticeRefused as refusal:
        logger.warning("notice to %s from %s refused: %s", code, address_of(request), refusal.code)
        return _answer({"error": refusal.code, "message": refusal.message}, refusal.status)
    except Refusal as refusal:
        return _answer({"error": "refused", "message": refusal.message}, refusal.status)
    return _answer({"result": told.result, "receipt": told.receipt_no}, 200)


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length") or "0"
    body = b"" if length.isdecimal() and int(length) > MOST_BYTES else request.read(MOST_BYTES + 1)
    if not length.isdecimal() or int(length) > MOST_BYTES or len(body) > MOST_BYTES:
        raise NoticeRefused("too_large", f"通知不能超过{MOST_BYTES}字节。", 413)
    return body


def _answer(content: dict[str, str], status: int) -> JsonResponse:
    return JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False})
