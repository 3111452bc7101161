"""The machine interface ``/api/v1``: the same actions and queries, scopes and permissions as the pages.

Apps offer an ``ApiRouter``; each of its operations states its permission with ``org.gate.api_operation``. A program signs in with
``Authorization: Bearer <token>``; a signed-in browser may call it with its session (and, to write, its CSRF token).
"""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError
from ninja.renderers import JSONRenderer
from ninja.security import HttpBearer, SessionAuth

from dangjian.accounts.models import ApiToken
from dangjian.kernel import clock
from dangjian.kernel.errors import Refusal
from dangjian.kernel.gate import PUBLIC
from dangjian.kernel.offers import ApiRouter
from dangjian.kernel.registry import offers
from dangjian.org.gate import GrantedActor, address_of


class ReadableJson(JSONRenderer):
    """JSON that leaves Chinese as it is."""

    json_dumps_params = {"ensure_ascii": False}  # noqa: RUF012 - the library's own form


class TokenAuth(HttpBearer):
    """A token in the header stands for its account."""

    def authenticate(self, request: HttpRequest, token: str) -> GrantedActor | None:
        """The actor, unless the token is unknown, expired or revoked, or the account switched off."""
        not_expired = Q(expires_at=None) | Q(expires_at__gt=clock.now())
        found = (
            ApiToken.objects.filter(not_expired, digest=ApiToken.digest_of(token), revoked_at=None, user__is_active=True)
            .select_related("user")
            .first()
        )
        return GrantedActor(found.user, address_of(request)) if found else None


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
    return api.create_response(request, problem(refusal), status=refusal.status)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    text = {"detail": "请先登录：令牌缺失、已停用或已到期。", "how": "在“接口令牌”页签发新令牌。", "citation": "", "fields": {}}
    return api.create_response(request, text, status=401)


@api.exception_handler(ValidationError)
def _misformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = {".".join(str(step) for step in one["loc"][1:]): one["msg"] for one in error.errors}
    text = {"detail": "请求的内容不符合接口要求。", "how": "请对照接口文档检查字段。", "citation": "", "fields": fields}
    return api.create_response(request, text, status=422)


def problem(refusal: Refusal) -> dict[str, Any]:
    """The body of a refused request."""
    return {"detail": refusal.message, "how": refusal.how, "citation": refusal.citation, "fields": refusal.fields}


urls = api.urls
for _pattern in urls[0]:
    # Each operation passes org.gate.api_operation; what the middleware sees is only ninja's dispatcher.
    _pattern.callback.required_permission = PUBLIC  # type: ignore[union-attr]  # every pattern of ninja has a function
