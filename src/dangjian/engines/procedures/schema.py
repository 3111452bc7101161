"""The closed schema of a procedure's file. What it does not know it refuses, naming the file and the place.

``docs/procedures.md`` explains it by an example. Read aloud, a file is the regulation it was written from: what the engine cannot
check is not in it, and what it can check is in no Python.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr, ValidationError, model_validator

from dangjian.engines.procedures.definition import (
    About,
    Act,
    At,
    Entry,
    EntryKind,
    Limit,
    Meeting,
    Outcome,
    Paper,
    Procedure,
    Reference,
    Stage,
    Step,
    Subjects,
    Turn,
    Version,
)
from dangjian.kernel import codes as code_lists
from dangjian.kernel.closed_yaml import TEXT, Closed, explained, read_mapping
from dangjian.kernel.rulebook import Citation, Period, RulebookError

SHORT = Annotated[StrictStr, Field(min_length=1, max_length=30)]
"""With the name of a case it is the title of a duty."""
CODE = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]{1,29}$")]
REFERENCE = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]*(:[a-z][a-z0-9_]*)?$")]
UNITS = ("years", "months", "days", "working_days")
RULE = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_.]+$")]
ARTICLE = Annotated[StrictInt, Field(ge=1)]


class ProcedureError(RulebookError):
    """A procedure's file is wrong. The message names file and place."""


class _Source(Closed):
    document: TEXT
    number: str = ""
    note: str = ""
    titled: StrictBool = True


class _Limit(Closed):
    years: StrictInt | None = None
    months: StrictInt | None = None
    days: StrictInt | None = None
    working_days: StrictInt | None = None
    setting: RULE | None = None
    known: CODE | None = None
    says: str = ""
    since: CODE | None = None
    usually: StrictBool = False
    article: ARTICLE | None = None

    @model_validator(mode="after")
    def _one_length(self) -> "_Limit":
        length = any(getattr(self, name) is not None for name in UNITS)
        if [bool(self.setting) and not self.known, bool(self.known), length].count(True) != 1:
            raise ValueError(
                "期限须写明长度（years、months、days、working_days）、setting（由本单位设置的规则）或 known（系统知道的日期）之一"
            )
        if bool(self.known) != bool(self.says):
            raise ValueError("known（系统知道的日期）与 says（怎样对人说）须同时出现")
        if self.known and (self.since or self.usually):
            raise ValueError("known 就是那一天，不再写 since（从哪一步起算）和 usually（一般）")
        return self

    def built(self) -> Limit:
        spans = {name: value for name in UNITS if (value := getattr(self, name)) is not None}
        return Limit(
            Period(**spans) if spans else None,
            self.since or "",
            self.setting or "",
            self.usually,
            self.article,
            self.known or "",
            self.says,
        )


class _Act(Closed):
    permission: TEXT = ""
    at: At = "here"
    themselves: StrictBool = False
    named: CODE | None = None
    not_by: tuple[CODE, ...] = ()

    @model_validator(mode="after")
    def _somebody(self) -> "_Act":
        if self.themselves and self.named:
            raise ValueError("who 不能既写 themselves（由本人办理）又写 named（由指定的人办理）")
        if not (self.permission or self.themselves or self.named):
            raise ValueError("who 须写明由谁办理：permission（有权限的人）、themselves: true（本人）或 named（指定的人）")
        return self

    def built(self) -> Act:
        return Act(self.permission, self.at, self.themselves, self.named or "", frozenset(self.not_by))


class _Choice(Closed):
    code: CODE
    title: TEXT


class _Entry(Closed):
    code: CODE
    title: TEXT
    kind: EntryKind = "line"
    required: StrictBool = True
    help: str = ""
    choices: tuple[_Choice, ...] = ()
    codes: str = ""
    only: tuple[CODE, ...] = ()
    outcomes: tuple[CODE, ...] = ()
    least: Annotated[StrictInt, Field(ge=1)] = 1
    most: Annotated[StrictInt, Field(ge=1, le=20)] = 1

    @model_validator(mode="after")
    def _choices(self) -> "_Entry":
        if (self.kind == "choice") != (bool(self.choices) != bool(self.codes)):
            raise ValueError("kind: choice 须写 choices 或 codes 之一，其他类别都不写")
        if self.codes and self.codes not in code_lists.names():
            raise ValueError(f"没有代码表 {self.codes}")
        if set(self.only) - ({item.code for item in code_lists.get(self.codes).items} if self.codes else set()):
            raise ValueError(f"only 写了代码表没有的代码：{'、'.join(self.only)}")
        if self.kind != "members" and (self.least, self.most) != (1, 1):
            raise ValueError("least 和 most 只用于 kind: members")
        if self.least > self.most:
            raise ValueError("least 不能大于 most")
        return self

    def built(self) -> Entry:
        choices = tuple((one.code, one.title) for one in self.choices) or tuple(self._listed())
        asked = self.required, self.help, choices, self.least, self.most, self.outcomes
        return Entry(self.code, self.title, self.kind, *asked)

    def _listed(self) -> Iterator[tuple[str, str]]:
        """Codes of the list with their names; one that is part of another says so."""
        listed = code_lists.get(self.codes) if self.codes else None
        for item in listed.items if listed else ():
            if not self.only or item.code in self.only:
                above = f"{listed.label(item.parent)}，其中" if listed and item.parent else ""
                yield item.code, f"{above}{item.label}"


class _Outcome(_Choice):
    back_to: CODE | None = None
    ends: Literal["finished", "refused"] | None = None
    tone: Literal["good", "warn", "bad", "neutral"] = "good"

    @model_validator(mode="after")
    def _one_way(self) -> "_Outcome":
        if self.back_to and self.ends:
            raise ValueError("一种结果不能既退回（back_to）又结束（ends）")
        return self

    def built(self) -> Outcome:
        return Outcome(self.code, self.title, self.back_to or "", self.ends or "", self.tone)


class _Paper(_Choice):
    required: StrictBool = False
    form: CODE | None = None
    by_hand: StrictBool = False

    @model_validator(mode="after")
    def _one_hand(self) -> "_Paper":
        if self.form and self.by_hand:
            raise ValueError("本人手写的材料（by_hand）不能由系统生成（form）")
        return self

    def built(self) -> Paper:
        return Paper(self.code, self.title, self.required, self.form or "", self.by_hand)


class _Meeting(Closed):
    kinds: Annotated[tuple[TEXT, ...], Field(min_length=1)]
    vote: Literal["ordinary", "admission", "conversion"] = "ordinary"
    passed: Annotated[tuple[CODE, ...], Field(min_length=1)]
    failed: CODE | None = None

    def built(self) -> Meeting:
        return Meeting(self.kinds, self.vote, self.passed, self.failed or "")


class _Step(Closed):
    code: CODE
    title: SHORT
    who: _Act
    how: str = ""
    after: list[REFERENCE] | None = None
    within: _Limit | None = None
    not_before: _Limit | None = None
    every: _Limit | None = None
    until: CODE | None = None
    entry: tuple[_Entry, ...] = ()
    outcomes: tuple[_Outcome, ...] = ()
    papers: tuple[_Paper, ...] = ()
    gates: tuple[TEXT, ...] = ()
    does: tuple[TEXT, ...] = ()
    ends: StrictBool = False
    meeting: _Meeting | None = None
    many: StrictBool = False
    shows: tuple[CODE, ...] = ()
    article: ARTICLE | Annotated[list[ARTICLE], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "_Step":
        if self.every is not None and self.until is None:
            raise ValueError("every（隔多久一次）须与 until（到哪一步为止）同时出现")
        if self.every is not None and self.every.known:
            raise ValueError("every（隔多久一次）是一段时间，不能写 known")
        for name in ("entry", "outcomes", "papers"):
            codes = [one.code for one in getattr(self, name)]
            if len(set(codes)) != len(codes):
                raise ValueError(f"{name} 中有重复的 code")
        for one in self.entry:
            if unknown := set(one.outcomes) - {outcome.code for outcome in self.outcomes}:
                raise ValueError(f"填写项 {one.code} 写了这一步没有的结果 {'、'.join(sorted(unknown))}")
        if self.ends and self.outcomes:
            raise ValueError("有 outcomes 的步骤在各结果中写明 ends")
        if self.many and (self.who.themselves or self.who.named or self.meeting or any(one.required for one in self.papers)):
            raise ValueError("集中办理（many）的步骤由有权限的人办理（permission），不由会议表决，也没有必须上传的材料")
        if self.shows and not (self.many or self.every):
            raise ValueError("shows（集中办理时列出的内容）只用于 many 或 every 的步骤")
        return self

    @model_validator(mode="after")
    def _votes(self) -> "_Step":
        if self.meeting is None:
            return self
        if self.who.themselves or self.who.named:
            raise ValueError("由会议表决（meeting）的步骤，who 须写明由谁提交会议（permission）")
        named = [*self.meeting.passed, *([self.meeting.failed] if self.meeting.failed else [])]
        unknown = set(named) - {one.code for one in self.outcomes}
        if unknown:
            raise ValueError(f"meeting 写了这一步没有的结果 {'、'.join(sorted(unknown))}")
        if len(set(named)) != len(named):
            raise ValueError("meeting 的同一种结果不能写两次，也不能既是通过（passed）又是未通过（failed）")
        return self

    @property
    def articles(self) -> tuple[int, ...]:
        if self.article is None:
            return ()
        return tuple(self.article) if isinstance(self.article, list) else (self.article,)


class _Stage(Closed):
    code: CODE
    title: TEXT
    steps: Annotated[list[_Step], Field(min_length=1)]


class _Version(Closed):
    starts: Annotated[dt.date, Field(alias="from")]
    source: _Source
    stages: Annotated[list[_Stage], Field(min_length=1)]


class _Posts(Closed):
    here: tuple[TEXT, ...] = ()
    committee_above: tuple[TEXT, ...] = ()
    other_side: tuple[TEXT, ...] = ()
    committee_above_other_side: tuple[TEXT, ...] = ()


class _Members(Closed):
    standing: Annotated[tuple[CODE, ...], Field(min_length=1)] = ("normal",)
    category: Literal["full", "probationary"] | None = None

    def built(self) -> Subjects:
        return Subjects(self.standing, self.category or "")


class _OtherSide(Closed):
    title: TEXT


class _Procedure(Closed):
    procedure: CODE
    title: TEXT
    noun: TEXT
    about: About
    begin: str = ""
    seldom: StrictBool = False
    named: str = ""
    track: CODE | None = None
    members: _Members | None = None
    other_side: _OtherSide | None = None
    view: TEXT
    icon: TEXT = "checklist"
    intro: str = ""
    posts: _Posts = _Posts()
    versions: Annotated[list[_Version], Field(min_length=1)]

    @model_validator(mode="after")
    def _of_members(self) -> "_Procedure":
        if self.about != "member" and (self.track or self.members or self.other_side):
            raise ValueError("track、members、other_side 只用于 about: member")
        return self


def read_file(file: Path) -> Procedure:
    """The procedure in ``file``. Raises ``ProcedureError``."""
    try:
        read = _Procedure.model_validate(read_mapping(file))
        versions = tuple(sorted((_version(one) for one in read.versions), key=lambda one: one.starts))
    except ValidationError as error:
        raise ProcedureError(f"流程文件 {file}：{explained(error)}") from error
    except ValueError as error:
        raise ProcedureError(f"流程文件 {file}：{error}") from error
    starts = [one.starts for one in versions]
    if len(set(starts)) != len(starts):
        raise ProcedureError(f"流程文件 {file}：有两个版本自同一天起施行")
    posts: dict[Turn, tuple[str, ...]] = {
        "here": tuple(read.posts.here),
        "committee_above": tuple(read.posts.committee_above),
        "other_side": read.posts.other_side or tuple(read.posts.here),
        "committee_above_other_side": read.posts.committee_above_other_side or tuple(read.posts.committee_above),
        "themselves": tuple(read.posts.here),
        "named": tuple(read.posts.here),
    }
    if read.about == "organization" and any(one.steps[0].who.themselves for one in versions):
        raise ProcedureError(f"流程文件 {file}：以党组织为对象的流程，第一步须由有权限的人办理（permission）")
    return Procedure(
        code=read.procedure,
        title=read.title,
        noun=read.noun,
        about=read.about,
        view=read.view,
        icon=read.icon,
        intro=read.intro,
        posts=posts,
        versions=versions,
        begin=read.begin or f"新的{read.noun}",
        track=read.track or read.procedure,
        members=(read.members or _Members()).built(),
        other_side=read.other_side.title if read.other_side else "",
        seldom=read.seldom,
        named=read.named or f"{read.noun}名称",
    )


def _version(read: _Version) -> Version:
    source = Citation(read.source.document, number=read.source.number, note=read.source.note, titled=read.source.titled)
    stages: list[Stage] = []
    steps: dict[str, Step] = {}
    last = ""
    for stage in read.stages:
        for one in stage.steps:
            if one.code in steps:
                raise ValueError(f"步骤 {one.code} 出现了两次")
            after = [last] if one.after is None and last else one.after or []
            step = _step(one, stage.code, after, source)
            _check_references(step, steps)
            _check_names(step, steps)
            if step.meeting and not steps:
                raise ValueError(f"第一步 {step.code} 须有人办理，不能由会议表决（meeting）")
            steps[one.code] = step
            if one.until is None:
                last = one.code
        stages.append(Stage(stage.code, stage.title))
    if len({one.title for one in steps.values()}) != len(steps):
        raise ValueError("步骤的名称有重复")
    _check_later(steps)
    if len({one.code for one in stages}) != len(stages):
        raise ValueError("阶段的 code 有重复")
    return Version(read.starts, source, tuple(stages), tuple(steps.values()))


def _step(read: _Step, stage: str, after: list[str], source: Citation) -> Step:
    citations = tuple(Citation(source.document, article=article, titled=source.titled) for article in read.articles)
    return Step(
        code=read.code,
        title=read.title,
        stage=stage,
        who=read.who.built(),
        how=read.how,
        after=tuple(Reference(*reference.partition(":")[::2]) for reference in after),
        within=read.within.built() if read.within else None,
        not_before=read.not_before.built() if read.not_before else None,
        every=read.every.built() if read.every else None,
        until=read.until or "",
        entry=tuple(one.built() for one in read.entry),
        outcomes=tuple(one.built() for one in read.outcomes),
        papers=tuple(one.built() for one in read.papers),
        gates=tuple(read.gates),
        does=tuple(read.does),
        ends=read.ends,
        meeting=read.meeting.built() if read.meeting else None,
        many=read.many,
        shows=read.shows,
        citations=citations or (source,),
    )


def _check_references(step: Step, known: dict[str, Step]) -> None:
    """A step follows, and counts from, steps that stand before it: so that there is never a circle."""
    for reference in step.after:
        if reference.step not in known:
            raise ValueError(f"步骤 {step.code} 的 after 写了前面没有的步骤 {reference.step}")
        if reference.outcome and reference.outcome not in {one.code for one in known[reference.step].outcomes}:
            raise ValueError(f"步骤 {step.code} 的 after 写了 {reference.step} 没有的结果 {reference.outcome}")
    for limit in (step.within, step.not_before):
        if limit and limit.since and limit.since not in known:
            raise ValueError(f"步骤 {step.code} 的期限从前面没有的步骤 {limit.since} 起算")
    for outcome in step.outcomes:
        if outcome.back_to and outcome.back_to not in {*known, step.code}:
            raise ValueError(f"步骤 {step.code} 的结果 {outcome.code} 退回到前面没有的步骤 {outcome.back_to}")


def _check_names(step: Step, known: dict[str, Step]) -> None:
    """What a step says of others is there: who took them, what was filled in."""
    for code in step.who.not_by:
        if code not in known:
            raise ValueError(f"步骤 {step.code} 的 not_by 写了前面没有的步骤 {code}")
    filled = {entry.code for one in known.values() for entry in one.entry}
    for code in step.shows:
        if code not in filled:
            raise ValueError(f"步骤 {step.code} 的 shows 写了前面各步都没有填写的 {code}")


def _check_later(steps: dict[str, Step]) -> None:
    """What repeats ends at a step that is there, and some step ends the procedure."""
    for step in steps.values():
        if step.until and step.until not in steps:
            raise ValueError(f"步骤 {step.code} 的 until 写了没有的步骤 {step.until}")
    if not any(step.ends or any(one.ends == "finished" for one in step.outcomes) for step in steps.values()):
        raise ValueError("没有一步使流程办结（ends）")
