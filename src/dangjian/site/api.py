"""The machine interface ``/api/v1``: the same actions and queries, scopes and permissions as the pages.

Apps offer an ``ApiRouter``; each of its operations states its permission with ``org.gate.api_operation``. A program signs in with
``Authorization: Bearer <token>``; a signed-in browser may call it with its session (and, to write, its CSRF token).
"""

import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.datastructures import MultiValueDict
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from ninja.security import HttpBearer, SessionAuth

from dangjian.accounts.models import ApiToken
from dangjian.kernel import clock
from dangjian.kernel.addresses import address_of
from dangjian.kernel.errors import Invalid, PermissionDenied, Refusal
from dangjian.kernel.gate import PUBLIC
from dangjian.kernel.offers import ApiRouter
from dangjian.kernel.registry import offers
from dangjian.kernel.text import visible
from dangjian.org.gate import GrantedActor
from dangjian.site.api_words import mistakes

MANUAL = "请对照接口文档（/api/v1/docs）检查。"
NUL = "\x00"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ReadableJson(JSONRenderer):
    """JSON that leaves Chinese as it is."""

    json_dumps_params = {"ensure_ascii": False}  # noqa: RUF012 - the library's own form


class CleanText(Parser):
    """Refuses texts that a database cannot keep, and drops what nobody sees (``kernel.text``), wherever it stands."""

    def parse_body(self, request: HttpRequest) -> dict[str, object]:
        """The JSON object that was sent."""
        found = json.loads(request.body, object_pairs_hook=_kept)
        if not isinstance(found, dict):
            message = "an object was expected"
            raise TypeError(message)
        return found

    def parse_querydict(self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest) -> dict[str, object]:
        """What stands behind the question mark."""
        for name, texts in data.lists():
            if any(NUL in text for text in texts):
                raise Invalid("请求中有不能识别的空字符。", how="请删去后重新发送。", fields={name: "不能含有空字符"})
        # What stands behind the question mark was made visible by the middleware.
        found: dict[str, object] = super().parse_querydict(data, list_fields, request)
        return found


def _kept(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """One object of the body. Raises ``ValueError`` for a text with a NUL in it, or in a list of texts."""
    for _name, value in pairs:
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and NUL in text for text in texts):
            message = "a text holds a NUL"
            raise ValueError(message)
    return {name: _seen(value) for name, value in pairs}


def _seen(value: object) -> object:
    if isinstance(value, list):
        return [_seen(one) for one in value]
    return visible(value) if isinstance(value, str) else value


class TokenAuth(HttpBearer):
    """A token in the header stands for its account."""

    def authenticate(self, request: HttpRequest, token: str) -> GrantedActor | None:
        """The actor, unless the token is unknown, expired or revoked, or the account switched off.

        Raises ``PermissionDenied`` where a token that only reads is to change something.
        """
        not_expired = Q(expires_at=None) | Q(expires_at__gt=clock.now())
        found = (
            ApiToken.objects.filter(not_expired, digest=ApiToken.digest_of(token), revoked_at=None, user__is_active=True)
            .select_related("user")
            .first()
        )
        if found is None:
            return None
        actor = GrantedActor(found.user, address_of(request))
        if not found.may_write and request.method not in SAFE:
            vars(request)["actor"] = actor  # the gate puts on the trail who was refused
            raise PermissionDenied("这个令牌只能读取，不能办理。", how="如确需办理，请在“接口令牌”页签发“可以办理”的令牌。")
        return actor


class BrowserAuth(SessionAuth):
    """The session of a signed-in browser; writing needs the CSRF token as on any page."""

    def authenticate(self, request: HttpRequest, key: str | None) -> GrantedActor | None:  # noqa: ARG002 - the library's signature
        """The actor of the session."""
        user = request.user
        if not user.is_authenticated or user.needs_new_password:
            return None
        return GrantedActor(user, address_of(request))


api = NinjaAPI(
    title="智慧党建云平台接口",
    version="1",
    urls_namespace="api",
    docs_url=None,
    auth=[TokenAuth(), BrowserAuth()],
    renderer=ReadableJson(),
    parser=CleanText(),
    description=(
        "与页面同一套数据、权限和规则。程序用请求头 Authorization: Bearer <令牌> 登录；令牌在“接口令牌”页签发，"
        "只能看到、办理令牌主人有权看到、办理的内容。列表用 page 和 page_size 分页，回答 {count, items}。"
        "办不成的请求回答 {detail, how, citation, fields}，说明原因、办法和依据，并且不改动任何数据。"
    ),
)
for _offer in offers(ApiRouter):
    api.add_router("", _offer.router, tags=[_offer.title])


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    vars(request)["refusal"] = refusal  # the gate puts it on the trail
    return api.create_response(request, problem(refusal), status=refusal.status)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return _answer(request, 401, "请先登录：令牌缺失、已停用或已到期。", "在“接口令牌”页签发新令牌。")


@api.exception_handler(ValidationError)
def _misformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return _answer(request, 422, "请求的内容不符合接口要求。", MANUAL, mistakes(error.errors))


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the library refuses by itself: a body that is no JSON, or a browser without its CSRF token."""
    if error.status_code == HTTPStatus.FORBIDDEN:
        return _answer(
            request, error.status_code, "没有收到页面的校验码（CSRF），不能办理。", "请刷新页面后再试；程序请用令牌登录。"
        )
    how = "请发送 UTF-8 编码的 JSON 对象，文字中不能含有空字符（\\u0000）。"
    return _answer(request, 422, "请求的内容读不出来：不是 JSON 对象，或者太大。", how)


def no_operation(request: HttpRequest) -> HttpResponse:
    """There is nothing at this address of the interface."""
    return _answer(request, 404, "接口中没有这个地址。", MANUAL)


def broken(request: HttpRequest) -> HttpResponse:
    """Something broke while answering a program."""
    return _answer(
        request, 500, "系统出错，没有办成，也没有改动任何数据。", "错误已经记录。请稍后再试；如仍不行，请联系系统管理员。"
    )


def _answer(request: HttpRequest, status: int, detail: str, how: str, fields: dict[str, str] | None = None) -> HttpResponse:
    text = {"detail": detail, "how": how, "citation": "", "fields": fields or {}}
    return api.create_response(request, text, status=status)


def problem(refusal: Refusal) -> dict[str, object]:
    """The body of a refused request."""
    return {"detail": refusal.message, "how": refusal.how, "citation": refusal.citation, "fields": refusal.fields}


def _in_words(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The dispatcher of the library, with an answer of ours to a wrong method."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        answered = view(request, *args, **kwargs)
        if not isinstance(answered, HttpResponseNotAllowed):
            return answered
        told = _answer(request, 405, f"这个地址不能用 {request.method}，可以用 {answered['Allow']}。", MANUAL)
        told["Allow"] = answered["Allow"]
        return told

    # Each operation passes org.gate.api_operation; what the middleware sees is only ninja's dispatcher.
    answer.required_permission = PUBLIC  # type: ignore[attr-defined]  # a function may carry it
    return answer


urls = api.urls
for _pattern in urls[0]:
    _pattern.callback = _in_words(_pattern.callback)  # type: ignore[arg-type]  # every pattern of ninja has a function
