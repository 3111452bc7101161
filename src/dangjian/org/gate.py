"""The gate: what an actor may do and where, and the one choke point every page passes.

``GateMiddleware`` reads the permission that a view states (``kernel.gate.requires``), refuses whoever lacks it and opens the
scope in which the view runs. ``find`` fetches one row and tells a stranger (404) from a reader (403).
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from http import HTTPStatus
from inspect import Parameter, Signature, signature
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.db.models import F, Manager, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property

from dangjian.accounts.events import record_refusal
from dangjian.accounts.models import User
from dangjian.kernel import clock
from dangjian.kernel.actor import NamedPlace, Place, Visitor
from dangjian.kernel.addresses import address_of
from dangjian.kernel.errors import Invalid, NotFound, PermissionDenied, Refusal
from dangjian.kernel.gate import PUBLIC, SIGNED_IN, Finder, Request, found_by
from dangjian.kernel.offers import Permission, RoleHeld, RoleSource
from dangjian.kernel.reach import Reach, Scope
from dangjian.kernel.refusals import answer
from dangjian.kernel.registry import by_code, offers
from dangjian.org.models import Grant, Post
from dangjian.org.openings import register
from dangjian.org.prepared import prepared_rows
from dangjian.org.scope import Later, Row, opened

NUL = "%00"
"""In an address; PostgreSQL takes no text with it, and nobody types it."""
_wider: ContextVar[Later | None] = ContextVar("visible", default=None)
"""Inside a request: every organisation that the actor may see at all."""


def roles_held(user_ids: Collection[int]) -> dict[int, list[RoleHeld]]:
    """Every role that each of the accounts holds today: by post, by grant, by fact (``RoleSource``)."""
    found: dict[int, list[RoleHeld]] = {user_id: [] for user_id in user_ids}
    for role, user_id, *place in _posts_and_grants(tuple(sorted(set(user_ids)))):
        found[user_id].append(RoleHeld(role, *place))
    for source in offers(RoleSource):
        for user_id, held in source.held(user_ids).items():
            found[user_id].extend(held)
    return found


@prepared_rows
def _posts_and_grants(user_ids: tuple[int, ...]) -> QuerySet[Any, Any]:
    """Role, account, organisation, its path and the path of its body."""
    day = clock.today()
    columns = ("user_id", "organization_id", "organization__path", "organization__body_path")
    standing = {"user__in": user_ids, "organization__dissolved_on": None}
    # What a person may do is worked out before there is any scope, and for several people at once.
    posts = register(Post).in_effect(day).filter(**standing).annotate(role=F("kind")).values_list("role", *columns)
    basis = Q(basis=None) | Q(Q(basis__ends_on=None) | Q(basis__ends_on__gt=day))
    grants = register(Grant).in_effect(day).filter(basis, **standing).values_list("role", *columns)
    return posts.order_by().union(grants.order_by())


def permissions_of(role: str) -> frozenset[str]:
    """Codes of the permissions that a role carries."""
    return frozenset(p.code for p in offers(Permission) if role in p.roles)


class GrantedActor:
    """A signed-in person with what posts, membership and grants allow today."""

    def __init__(self, user: User, address: str = "") -> None:
        self.user = user
        self.address = address
        self._scopes: dict[str, Scope] = {}

    @property
    def user_id(self) -> int:
        """The account."""
        return self.user.pk

    @property
    def name(self) -> str:
        """The person's name."""
        return self.user.name

    @cached_property
    def roles(self) -> list[RoleHeld]:
        """Roles held today, read once; none with an account that is switched off."""
        return roles_held([self.user.pk])[self.user.pk] if self.user.is_active else []

    @cached_property
    def visible(self) -> Scope:
        """All organisations where the actor holds any role at all."""
        return Scope.of(Reach(held.path) for held in self.roles)

    def scope_of(self, permission: str) -> Scope:
        """Where the actor holds ``permission``; worked out once, as a page asks for the same again and again."""
        if permission not in self._scopes:
            self._scopes[permission] = self._scope_of(permission)
        return self._scopes[permission]

    def _scope_of(self, permission: str) -> Scope:
        offer = by_code(Permission).get(permission)
        if offer is None:
            message = f"no app offers the permission {permission!r}"
            raise ImproperlyConfigured(message)
        whole = offer.reach == "subtree"
        return Scope.of(
            Reach(held.path, whole=whole or held.path != held.body_path) for held in self.roles if held.role in offer.roles
        )

    def may(self, permission: str, organization: Place | None = None) -> bool:
        """Whether the actor holds ``permission`` at ``organization`` (anywhere, if none is named)."""
        where = self.scope_of(permission)
        if organization is None:
            return bool(where.reaches)
        return where.covers(organization.path, organization.body_path)

    def require(self, permission: str, organization: NamedPlace | None = None) -> None:
        """Raise unless ``may``: 404 for a stranger to the organisation, 403 for one who lacks the permission."""
        if self.may(permission, organization):
            return
        if organization is not None and not self.visible.covers(organization.path, organization.body_path):
            raise NotFound
        title = by_code(Permission)[permission].title
        where = f"在“{organization.short_name}”" if organization is not None else ""
        message = f"您没有{where}{title}的权限。"
        raise PermissionDenied(message, how="如工作需要，请联系上级党组织或安全管理员授权。")


def find(rows: type[Row] | Manager[Row] | QuerySet[Row], **lookup: object) -> Row:
    """One row of a scoped queryset (or model): the row, ``NotFound`` for a stranger, ``PermissionDenied`` for a mere reader.

    Inside a page the open scope is where the actor holds the page's permission; the wider scope in which they may see anything at
    all decides between 404 and 403.
    """
    queryset = rows.objects.all() if isinstance(rows, type) else rows.all()
    found = queryset.filter(**lookup).first()
    if found is not None:
        return found
    wider = _wider.get()
    if wider is not None:
        with opened(wider):
            if queryset.model.objects.filter(**lookup).exists():
                message = "您可以看到这个党组织，但没有办理此事的权限。"
                raise PermissionDenied(message, how="如工作需要，请联系上级党组织或安全管理员授权。")
    raise NotFound


@contextmanager
def admitted(actor: Visitor, permission: str) -> Iterator[None]:
    """Open the scope for ``permission``; raises ``PermissionDenied`` if the actor holds it nowhere."""

    def wider() -> Scope:
        return actor.visible

    where: Scope | Later = wider
    if permission != SIGNED_IN:
        actor.require(permission)
        where = actor.scope_of(permission)
    token = _wider.set(wider)
    try:
        with opened(where):
            yield
    finally:
        _wider.reset(token)


class GateMiddleware:
    """Every view passes here. See the module's text."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponseBase:
        """Answer the request and close what ``process_view`` opened.

        No device keeps what was answered to somebody signed in, nor anything else that does not say that it may be kept. That
        somebody was refused what they asked for is put on the trail.
        """
        request.admission = None
        try:
            response = self.get_response(request)
            if hasattr(request, "actor") or not response.has_header("Cache-Control"):
                response["Cache-Control"] = "private, no-store"
            if response.status_code == HTTPStatus.FORBIDDEN:
                _note_refusal(request)
            return response
        finally:
            if request.admission is not None:
                request.admission.__exit__(None, None, None)

    def process_view(
        self,
        request: Request,
        view: Callable[..., object],
        args: Any,  # noqa: ARG002 - Django's signature
        kwargs: Any,  # noqa: ARG002 - Django's signature
    ) -> HttpResponse | None:
        """Refuse, send to sign-in, or open the scope."""
        permission: str | None = getattr(view, "required_permission", None)
        if permission is None:
            message = f"{view.__module__}.{getattr(view, '__name__', view)} states no permission"
            raise ImproperlyConfigured(message)
        if permission == PUBLIC:
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        actor = GrantedActor(request.user, address_of(request))
        request.actor = actor
        if request.user.needs_new_password and not getattr(view, "before_password_change", False):
            return redirect("accounts:password")
        if NUL in request.META.get("QUERY_STRING", ""):
            return answer(request, Invalid("地址中有不能识别的字符。", how="请从菜单重新打开这一页，再查找一次。"))
        if any("\0" in text for _, texts in request.POST.lists() for text in texts):
            return answer(
                request, Invalid("填写的内容中有不能识别的字符。", how="请返回上一页，删去从别处粘贴来的内容后重新提交。")
            )
        admission = admitted(actor, permission)
        try:
            admission.__enter__()  # closed in __call__, after the answer is rendered
        except Refusal as refusal:
            return answer(request, refusal)
        request.admission = admission
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal; leave everything else to Django."""
        return answer(request, exception) if isinstance(exception, Refusal) else None


def _note_refusal(request: Request) -> None:
    """Put on the trail that somebody signed in, by page or by program, was refused."""
    actor: Any = getattr(request, "actor", None)
    if actor is None and request.user.is_authenticated:
        actor = GrantedActor(request.user, address_of(request))
    if actor is not None:
        refusal: Refusal | None = getattr(request, "refusal", None)
        message = refusal.message if refusal else "没有收到页面的校验码，可能不是本人在页面上的操作。"
        record_refusal(actor=actor, method=str(request.method), path=request.path, message=message)


def _to_sign_in(request: Request) -> HttpResponse:
    """To sign-in and back. A part of a page is answered so that the whole page goes there: its script keeps what was typed.

    Whoever sent something is told that it did not arrive: a form with files alone comes back as empty as it was.
    """
    if request.method == "POST" and request.path != reverse("accounts:sign_out"):
        messages.warning(request, "登录已经失效，刚才的内容没有提交。登录后请再提交一次：文字还在，照片和文件要重新选。")
    if not request.htmx:
        return redirect_to_login(request.get_full_path())
    page = request.htmx.current_url_abs_path or "/"
    return HttpResponse(status=401, headers={"HX-Redirect": redirect_to_login(page)["Location"]})


def api_operation(permission: str, *, on: Finder | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark an operation of the API with its permission and run it in that scope.

    The router's authentication puts the ``GrantedActor`` into ``request.auth``. Use below the route::

        @router.get("/meetings")
        @api_operation("meetings.view")
        def list_meetings(request): ...

    ``on`` says what is asked of the object that the address names, as it does of a page (``kernel.gate.requires``); the
    operation takes the object in the place of its number::

        @router.post("/meetings/{meeting_id}/begin")
        @api_operation(SIGNED_IN, on=meeting_to_record)
        def begin_meeting(request, meeting): ...
    """

    def mark(operation: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(operation)
        def gated(request: Request, **given: Any) -> object:
            if permission == PUBLIC:
                return operation(request, **given)
            request.actor = request.auth
            with admitted(request.auth, permission):
                if on is None:
                    return operation(request, **given)
                found, rest = found_by(on, request, given)
                return operation(request, found, **rest)

        vars(gated).update(required_permission=permission, opens=on)  # the contracts read these
        if on is not None:
            vars(gated)["__signature__"] = _by_number(operation, on)
        return gated

    return mark


def _by_number(operation: Callable[..., Any], on: Finder) -> Signature:
    """What the router reads of an operation: in the place of the object, the numbers by which ``on`` finds it."""
    request, _found, *rest = signature(operation).parameters.values()
    numbers = list(signature(on).parameters.values())[1:]
    return Signature([request, *(one.replace(kind=Parameter.POSITIONAL_OR_KEYWORD) for one in numbers), *rest])
