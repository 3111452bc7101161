"""Writes on the enterprise: its first start, what it sets for itself, and beginning again as long as nobody has worked with it.

The set-up page stands behind a one-time address. Its key is known to whoever started the platform; only a digest is kept.
Everything that opens or closes the set-up takes the enterprise's one row first: of two who begin at once, the second is refused.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db import transaction
from django.db.models import CharField, F, ProtectedError, Value
from django.db.models.functions import Cast, Concat

from dangjian.accounts import actions as accounts
from dangjian.accounts.events import record
from dangjian.accounts.models import User
from dangjian.kernel import clock, working_days
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, NotFound
from dangjian.kernel.rulebook import LayerRefused, UnknownRule, book, read_settings
from dangjian.org.actions import grants, tree
from dangjian.org.models import Enterprise, HolidayNotice, Organization, RuleSetting
from dangjian.org.openings import inside, register
from dangjian.org.plan import POSITIONS, TYPES, EnterprisePlan, PersonPlan
from dangjian.org.scope import OwnedModel
from dangjian.org.unscoped import unscoped

ONLY = 1
"""The number of the one row."""

CLOSED = "平台已经建立，建立页面不再打开。"


@dataclass(frozen=True, slots=True)
class Handover:
    """The account of somebody of the first day, with the first password that is shown once."""

    title: str
    user: User
    password: str


@transaction.atomic
def open_address() -> str:
    """A fresh key for the address of the set-up page, which makes every earlier one void; empty if the platform is set up."""
    enterprise = taken()
    if _is_begun(enterprise):
        return ""
    key = secrets.token_urlsafe(24)
    enterprise.address_digest = _digest(key)
    enterprise.save()
    return key


@transaction.atomic
def set_up(*, actor: Actor, plan: EnterprisePlan, key: str | None = None) -> list[Handover]:
    """Make the enterprise, its first organisation and the accounts of the four people; returns these with their passwords.

    ``key`` is that of the one-time address; the operator's command needs none. All or nothing. Raises ``NotFound`` for a wrong
    key, ``Conflict`` if the platform is set up already, ``Invalid`` for what does not fit.
    """
    enterprise = _open(key)
    _check(plan)
    committee = tree.set_up(
        actor=actor,
        parent=None,
        type_code=plan.type_code,
        name=plan.committee_name,
        short_name=plan.committee_short_name,
        effective_on=plan.established_on,
        live_on=plan.live_on,
        unit_name=plan.unit_name or plan.name,
        approved_by=plan.approved_by,
    )
    with inside(committee):  # the first roles, before anybody could hold a permission
        handed = [_person(actor, committee, position, plan.people[position]) for position in POSITIONS]
    enterprise.name = plan.name.strip()
    enterprise.address_digest = ""
    enterprise.set_up_at = clock.now()
    enterprise.save()
    if plan.settings:
        _set_rules(actor, plan.settings)
    record(
        actor=actor,
        verb="org.enterprise_set_up",
        summary=f"建立“{enterprise.name}”的平台",
        organization=committee,
        data={"live_on": plan.live_on.isoformat(), "settings": sorted(plan.settings)},
    )
    return handed


@transaction.atomic
def become_demonstration(*, actor: Actor, key: str | None = None) -> Enterprise:
    """Give the platform to the fictional enterprise, which is then loaded; real data never comes in."""
    enterprise = _open(key)
    enterprise.name = "虚构的示范企业"
    enterprise.is_demonstration = True
    enterprise.address_digest = ""
    enterprise.save()
    record(actor=actor, verb="org.demonstration_chosen", summary="选择载入虚构的示范企业")
    return enterprise


@transaction.atomic
def finish_demonstration() -> None:
    """The fictional enterprise is there."""
    enterprise = taken()
    enterprise.name = enterprise.name or "虚构的示范企业"
    enterprise.is_demonstration = True
    enterprise.address_digest = ""
    enterprise.set_up_at = clock.now()
    enterprise.save()


@transaction.atomic
def set_rules(*, actor: Actor, values: Mapping[str, object]) -> None:
    """Set rules that are left to the unit, as raw values by key; ``None`` goes back to the default.

    Raises ``LayerRefused`` for what the rulebook does not leave to the unit.
    """
    require_setting(actor)
    _set_rules(actor, values)


def require_setting(actor: Actor) -> None:
    """Raise unless the actor may set what holds for the whole enterprise."""
    for top in register(Organization).standing().filter(parent=None):
        actor.require("org.settings", top)


def tell_processes() -> None:
    """Once something set is changed: this process goes by it at once, the others within ``RULE_SETTINGS_SECONDS``."""
    Enterprise.objects.filter(pk=ONLY).update(rules_version=F("rules_version") + 1)
    transaction.on_commit(read_settings)
    transaction.on_commit(working_days.look_again)


@transaction.atomic
def start_over(*, actor: Actor) -> None:
    """Begin again: organisations, posts, roles and imports of the set-up go, its accounts are switched off, the trail stays.

    Raises ``Conflict`` as soon as somebody has worked with the platform: a member, a meeting or anything else is on record.
    """
    enterprise = taken()
    actor.require("accounts.manage")
    if enterprise.is_demonstration:
        raise Conflict(
            "这里是演示环境，不能重新建立。", how="请为本单位另设一个数据目录（DATA_DIR）或数据库（DATABASE_URL）再启动。"
        )
    with unscoped("nothing but what the set-up made may be there, in whatever organisation"):
        worked = _work_on_record()
        if worked:
            raise Conflict(
                f"平台上已有{'、'.join(worked)}，不能重新开始。",
                how="导入的内容可以先在“表格导入”里撤销；其余内容请在平台上更正。",
            )
        _clear_away()
    record(actor=actor, verb="org.started_over", summary=f"重新开始建立平台（原为“{enterprise.name}”）")
    User.objects.filter(is_active=True).update(is_active=False)
    # Their names are free again; rows of the trail keep the people who did things then.
    freed = Concat(Value("作废"), Cast("pk", CharField()), Value("-"), F("username"), output_field=CharField())
    User.objects.exclude(username__startswith="作废").update(username=freed)
    RuleSetting.objects.all().delete()
    HolidayNotice.objects.all().delete()
    Enterprise.objects.filter(pk=ONLY).update(name="", set_up_at=None, address_digest="")
    tell_processes()


def taken() -> Enterprise:
    """The one row, held until the transaction ends."""
    Enterprise.objects.bulk_create([Enterprise(pk=ONLY)], ignore_conflicts=True)
    return Enterprise.objects.select_for_update().get(pk=ONLY)


def _is_begun(enterprise: Enterprise) -> bool:
    return enterprise.set_up_at is not None or User.objects.filter(is_active=True).exists()


def _open(key: str | None) -> Enterprise:
    enterprise = taken()
    if _is_begun(enterprise) or enterprise.is_demonstration:
        raise Conflict(CLOSED, how="请用交给您的账号登录；忘记初始密码的，请在服务器上运行 dangjian password 登录名。")
    if key is not None and not secrets.compare_digest(_digest(key), enterprise.address_digest):
        raise NotFound("这个建立地址已经失效。请重新启动平台，使用新打印出来的地址。")
    return enterprise


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _check(plan: EnterprisePlan) -> None:
    if not plan.name.strip():
        raise Invalid("请填写单位名称。", fields={"name": "不能为空"})
    if plan.type_code not in TYPES:
        raise Invalid(
            "平台上的第一个党组织应是党委。",
            how="发展党员、党费等事项要由党委审批；党总支、党支部请加入上级党委的平台。",
            fields={"type_code": "请选择党委"},
        )
    if plan.established_on > clock.today():
        raise Invalid("成立日期不能晚于今天。", fields={"established_on": "请填今天或以前的日期"})
    if plan.live_on < plan.established_on:
        raise Invalid("启用日期不能早于党组织成立日期。", fields={"live_on": "请检查日期"})
    seen: dict[tuple[str, ...], str] = {}
    for position, (_, title) in POSITIONS.items():
        person = plan.people[position]
        name, username, phone = person.name.strip(), person.username.strip(), person.phone.strip()
        # Each mark says what it is: somebody without a phone may sign in as "office".
        marks = [("name", name, phone), ("username", username), *([("phone", phone)] if phone else [])]
        for mark in marks:
            if other := seen.get(mark):
                raise Invalid(
                    f"{title}与{other}填成了同一个人。",
                    how="三名管理员和党务部门须由四人分别担任，互不兼任；同名的请填写各自的手机号，登录名不能相同。",
                    fields={f"{position}_name": f"与{other}相同"},
                )
            seen[mark] = title


def _person(actor: Actor, committee: Organization, position: str, person: PersonPlan) -> Handover:
    role, title = POSITIONS[position]
    try:
        user, password = accounts.open_account(actor=actor, username=person.username, name=person.name, phone=person.phone)
    except Invalid as refusal:
        fields = {f"{position}_{name}": text for name, text in refusal.fields.items()}
        raise Invalid(f"{title}：{refusal.message}", how=refusal.how, fields=fields) from refusal
    grants.grant_role(actor=actor, organization=committee, user=user, role=role, starts_on=clock.today(), reason="建立平台时指定")
    return Handover(title, user, password)


def _set_rules(actor: Actor, values: Mapping[str, object]) -> None:
    for key, raw in values.items():
        if raw is None:
            RuleSetting.objects.filter(key=key).delete()
            continue
        try:
            book().check_override(key, raw)
        except UnknownRule as error:
            raise Invalid(f"{error}。", how="请核对名称。") from error
        except LayerRefused as refusal:
            refusal.fields = {key: refusal.message}
            raise
        RuleSetting.objects.update_or_create(
            key=key, defaults={"value": raw, "changed_at": clock.now(), "changed_by": actor.name}
        )
    titles = "、".join(book().entry(key).title for key in values)
    record(actor=actor, verb="org.rules_set", summary=f"修改本单位设定：{titles}"[:300], data={"values": dict(values)})
    tell_processes()


SET_UP_APPS = frozenset({"org", "accounts", "exchange", "notifications", "jobs"})
"""Apps whose rows come of the set-up itself; rows of duties are derived from organisations."""
DERIVED = frozenset({"duties.Duty"})


def _work_on_record() -> Sequence[str]:
    """What is on record beyond the set-up, by the names that people know."""
    return [
        str(model._meta.verbose_name)
        for model in apps.get_models()
        if issubclass(model, OwnedModel)
        and model._meta.app_label not in SET_UP_APPS
        and model._meta.label not in DERIVED
        and model.objects.exists()
    ]


def _clear_away() -> None:
    """Delete what belongs to organisations, then these. What another row still protects is tried again after that row."""
    waiting = [model for model in apps.get_models() if issubclass(model, OwnedModel) and model is not Organization]
    while waiting:
        left = [model for model in waiting if not _deleted(model)]
        if len(left) == len(waiting):
            raise Conflict("有内容互相引用，不能清空。", how="请联系系统的维护人员。")
        waiting = left
    Organization.objects.update(parent=None)  # so that none protects another
    Organization.objects.all().delete()


def _deleted(model: type[OwnedModel]) -> bool:
    try:
        with transaction.atomic():
            model.objects.all().delete()
    except ProtectedError:
        return False
    return True
