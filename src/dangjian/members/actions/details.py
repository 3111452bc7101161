"""Dated rows of a record: education, posts at work, rewards, penalties, exemptions from the number due to attend."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import QuerySet

from dangjian.accounts.events import record
from dangjian.kernel import clock, codes
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.rulebook import Choices, NotInForce, book
from dangjian.kernel.ui import words
from dangjian.members import policy
from dangjian.members.actions.record import update_record
from dangjian.members.models import EarlierValue, Education, JobRecord, Member, Reward, Sanction, VoteExemption
from dangjian.members.models.details import Detail
from dangjian.members.own import require_for
from dangjian.members.queries.sources import shown_rows

WITH_MEMBER = ("member__organization",)
RIGHTS_SUSPENDED = ("rights_suspended", "权利中止（被留置或者被逮捕）")


@dataclass(frozen=True, slots=True)
class DetailKind:
    """A kind of dated row: its table, what may be written into it, and the permission that takes.

    Rows that ``follows`` says of come of a change of the record; they are put right or taken away, not added.
    """

    code: str
    title: str
    icon: str
    model: type[Detail]
    columns: tuple[str, ...]
    permission: str
    from_column: str
    required: tuple[str, ...]
    follows: bool = False

    def field(self, name: str) -> "models.Field[Any, Any]":
        """One of its columns."""
        field = self.model._meta.get_field(name)
        assert isinstance(field, models.Field)  # noqa: S101 - the columns named here are plain ones
        return field

    def rows_of(self, member_id: int) -> QuerySet[Detail]:
        """What stands on a member's record of this kind, with the member."""
        of_member = {"member": member_id}
        return self.model.objects.filter(**of_member).select_related(*WITH_MEMBER)


KINDS = {
    kind.code: kind
    for kind in (
        DetailKind(
            "education",
            "学历学位",
            "school",
            Education,
            ("level", "degree", "school", "major", "full_time", "starts_on", "ends_on"),
            "members.edit",
            "starts_on",
            ("level", "school"),
        ),
        DetailKind(
            "job",
            "工作经历",
            "briefcase",
            JobRecord,
            ("unit_name", "job_title", "job_post", "starts_on", "ends_on"),
            "members.edit",
            "starts_on",
            ("unit_name", "job_title", "starts_on"),
        ),
        DetailKind(
            "earlier",
            "岗位、学历等的变化",
            "history",
            EarlierValue,
            ("held_until",),
            "members.edit",
            "held_until",
            ("held_until",),
            follows=True,
        ),
        DetailKind(
            "reward",
            "奖励",
            "award",
            Reward,
            ("title", "level", "granted_by", "granted_on"),
            "members.edit",
            "granted_on",
            ("title", "granted_on"),
        ),
        DetailKind(
            "sanction",
            "处分",
            "gavel",
            Sanction,
            ("kind", "starts_on", "ends_on", "document", "entered_why"),
            "members.account",
            "starts_on",
            ("kind", "starts_on", "document"),
        ),
        DetailKind(
            "exemption",
            "不计入应到会人数",
            "user-minus",
            VoteExemption,
            ("reason", "starts_on", "ends_on", "document"),
            "members.account",
            "starts_on",
            ("reason", "starts_on", "document"),
        ),
    )
}


def sanction_choices() -> list[tuple[str, str]]:
    """Kinds of penalty that leave a person in the Party, and suspended rights."""
    return [(code, label) for code, label in codes.get("discipline_kind").choices if code != "expulsion"] + [RIGHTS_SUSPENDED]


def exemption_choices() -> list[tuple[str, str]]:
    """The cases in which a member may be left out of the number due to attend (rule ``vote.not_counted``)."""
    rules = book()
    if "vote.not_counted" not in rules:
        return []
    return [(one.code, one.title) for one in rules.on("vote.not_counted", clock.today()).expect(Choices)]


def label_of(kind: DetailKind, column: str, value: Any) -> str:
    """A stored value of a row as people read it."""
    lists = {"level": "education", "degree": "degree", "job_post": "job_label"}
    if column in lists and not (kind.code == "reward" and column == "level"):
        return codes.get(lists[column]).label(str(value or ""))
    if column == "kind":
        return dict(sanction_choices()).get(value, codes.get("discipline_kind").label(value))
    if column == "reason":
        return dict(exemption_choices()).get(value, value)
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value.year}年{value.month}月{value.day}日" if isinstance(value, dt.date) else str(value or "")


@transaction.atomic
def add(*, actor: Actor, member: Member, code: str, **columns: object) -> Detail:
    """Add a row of the kind ``code`` with clean values. The record's columns follow if the new row is the highest or latest."""
    kind = KINDS[code]
    if kind.follows:
        raise Conflict(f"{kind.title}在“修改档案”中登记。")
    row: Detail = kind.model(**{"member": member, **_known(kind, columns)})
    require_keeping(actor, row)
    _check(kind, row)
    if isinstance(row, JobRecord):
        _close_running_job(row)
    row.save()
    _carry_over(actor, row)
    _note(actor, kind, row, "登记")
    return row


@transaction.atomic
def change(*, actor: Actor, row: Detail, **columns: object) -> Detail:
    """Put a row right; what follows from a case is put right there. The record's columns follow if they show this row."""
    require_changing(actor, row)
    kind = kind_of(row)
    is_shown = type(row).objects.get(pk=row.pk) in shown_rows(row.member)
    for name, value in _known(kind, columns).items():
        setattr(row, name, value)
    _check(kind, row)
    row.save()
    if is_shown:
        _show(actor, row)
    else:
        _carry_over(actor, row)
    _note(actor, kind, row, "修改")
    return row


@transaction.atomic
def end(*, actor: Actor, row: Detail, ends_on: dt.date) -> Detail:
    """The row holds until before ``ends_on``: a penalty is over, rights are restored, a post at work is left."""
    kind = kind_of(row)
    if "ends_on" not in kind.columns:
        raise Invalid("这一项没有结束日期。")
    require_changing(actor, row)
    row.ends_on = ends_on  # type: ignore[attr-defined]  # checked above
    _check(kind, row)
    row.save()
    _note(actor, kind, row, "结束")
    return row


@transaction.atomic
def remove(*, actor: Actor, row: Detail) -> None:
    """Take away a row that was entered by mistake. Penalties and exemptions are ended, never taken away."""
    require_keeping(actor, row)
    kind = kind_of(row)
    if kind.code in {"sanction", "exemption"}:
        raise Conflict(f"{kind.title}记录不能删除。", how="如已结束，请填写结束日期；如录入有误，请修改内容。")
    is_shown = row in shown_rows(row.member)
    _note(actor, kind, row, "删除")
    row.delete()
    if is_shown and isinstance(row, Education):
        _show(actor, row)


def require_keeping(actor: Actor, row: Detail) -> None:
    """Raise unless the actor keeps rows of this kind on the member's record, which nobody does on their own."""
    require_for(actor, kind_of(row).permission, row.its_organization(), [row.member])


def require_changing(actor: Actor, row: Detail) -> None:
    """As ``require_keeping``; what follows from a case is changed there alone."""
    require_keeping(actor, row)
    if isinstance(row, Sanction) and row.is_by_case:
        raise Conflict(
            "这项处分由党纪处分的办理得来，不能在这里修改。", how="登记错了的，请打开那一件处分，撤销最近一步重新办理。"
        )


def kind_of(row: Detail) -> DetailKind:
    """What kind of row it is."""
    return next(kind for kind in KINDS.values() if kind.model is type(row))


def _known(kind: DetailKind, columns: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in columns.items() if name in kind.columns}


def _check(kind: DetailKind, row: Any) -> None:
    problems = {name: "不能为空" for name in kind.required if getattr(row, name) in {None, ""}}
    since, until = getattr(row, kind.from_column), getattr(row, "ends_on", None)
    if since and since > clock.today():
        problems[kind.from_column] = "这一天还没有到"
    if since and until and until <= since:
        problems["ends_on"] = "应在开始日期之后"
    if not problems and isinstance(row, EarlierValue):
        same = EarlierValue.objects.filter(member=row.member, column=row.column, held_until=row.held_until).exclude(pk=row.pk)
        problems = {"held_until": "这一项在这一天已经有一条变化"} if same.exists() else {}
    if not problems and kind.code == "sanction":
        problems = _check_sanction(row)
    if problems:
        raise Invalid("有内容需要修改，请看标红的项目。", fields=problems)


def _check_sanction(row: Sanction) -> dict[str, str]:
    if row.kind not in dict(sanction_choices()):
        return {"kind": "请从列表中选择；开除党籍请在“党纪处分”中办理"}
    return _check_entered(row) or _check_probation(row)


def _check_entered(row: Sanction) -> dict[str, str]:
    """By hand only what was decided before the platform is entered, with the reason; suspended rights follow from no case."""
    live_on = row.member.branch.live_on
    if row.kind == RIGHTS_SUSPENDED[0]:
        return {}
    if row.starts_on >= live_on:
        return {"starts_on": f"{words.day(live_on)}起的处分请在“党纪处分”中办理，这里只补录以前的"}
    return {} if row.entered_why.strip() else {"entered_why": "请写明为什么补录，例如“启用平台以前的处分”"}


def _check_probation(row: Sanction) -> dict[str, str]:
    if row.kind != policy.PROBATION_WITHIN_PARTY:
        return {}
    try:
        limit = policy.probation_within_party_limit(row.starts_on, book=book())
        rule = book().on("disc.probation", row.starts_on)
    except NotInForce:
        return {} if row.ends_on else {"ends_on": "留党察看要写明期满日期，请按当时的处分决定填写"}
    if row.ends_on is None:
        return {"ends_on": f"留党察看要写明期满日期，最晚到{words.day(limit)}（{rule.citation}）"}
    return {"ends_on": f"留党察看最长到{words.day(limit)}（{rule.citation}）"} if row.ends_on > limit else {}


def _close_running_job(row: JobRecord) -> None:
    if row.ends_on is None:
        JobRecord.objects.filter(member=row.member, ends_on=None, starts_on__lt=row.starts_on).update(ends_on=row.starts_on)


def _carry_over(actor: Actor, row: Detail) -> None:
    """The record shows the highest education and the present post at work."""
    if isinstance(row, Education) and (not row.member.education or row.level < row.member.education):
        update_record(
            actor,
            row.member,
            education=row.level,
            changes=_since(row.member, "education", row.ends_on),
            degree=row.degree or row.member.degree,
            school=row.school,
            major=row.major,
        )
    if isinstance(row, JobRecord) and row.ends_on is None:
        post = {"job_post": row.job_post} if row.job_post else {}
        since = _since(row.member, "job_post", row.starts_on)
        update_record(actor, row.member, changes=since, unit_name=row.unit_name, job_title=row.job_title, **post)


def _show(actor: Actor, row: Detail) -> None:
    """The record was of what this row said: it says what the row says now, or the highest education of those that are left."""
    if isinstance(row, Education):
        best = Education.objects.filter(member=row.member).order_by("level", "-ends_on", "-pk").first()
        if best is not None:
            update_record(actor, row.member, education=best.level, degree=best.degree, school=best.school, major=best.major)
    elif isinstance(row, JobRecord) and row.ends_on is None:
        update_record(actor, row.member, unit_name=row.unit_name, job_title=row.job_title, job_post=row.job_post)


def _since(member: Member, name: str, day: dt.date | None) -> dict[str, dt.date]:
    """From when the record says what a new row says; nothing where a later change is known already."""
    known = EarlierValue.objects.filter(member=member, column=name, held_until__gt=day or dt.date.min).exists()
    return {name: day} if day is not None and day <= clock.today() and not known else {}


def _note(actor: Actor, kind: DetailKind, row: Any, done: str) -> None:
    values = {name: label_of(kind, name, getattr(row, name)) for name in kind.columns}
    record(
        actor=actor,
        verb=f"members.{kind.code}_recorded",
        summary=f"{done}{row.member.name}的{kind.title}",
        organization=row.member.organization,
        member_id=row.member_id,
        subject=row,
        data=values,
    )
