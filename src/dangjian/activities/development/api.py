"""Applicants for programs: the list, the register and the figures."""

import datetime as dt

from ninja import Router, Schema
from pydantic import Field

from dangjian.activities.development.views.applicants import APPLICANTS
from dangjian.activities.development.views.letters import LETTERS
from dangjian.activities.development.views.quotas import QUOTAS, REQUESTS
from dangjian.activities.development.views.registers import REGISTER, STATISTICS
from dangjian.org import statistics
from dangjian.org.lists import operation


class ApplicantOut(Schema):
    """An applicant as the list has them; no identity numbers and no phones."""

    id: int
    name: str
    organization_id: int
    case_id: int | None = Field(description="办理事项的编号，接下来的步骤见 /procedures/development")
    stage: str = Field(
        description="applicant 申请人、activist 入党积极分子、object 发展对象、probationary 预备党员、full 已转正、ended 已终止"
    )
    applied_on: dt.date | None
    activist_on: dt.date | None
    object_on: dt.date | None
    admitted_on: dt.date | None
    approved_on: dt.date | None
    converted_on: dt.date | None
    ended_on: dt.date | None
    case_due_on: dt.date | None = Field(description="轮到的各步中最早的最后期限")


class RegisteredOut(ApplicantOut):
    """An applicant as the register has them, with what the annual statistics ask."""

    sex: str = Field(description="1 男、2 女")
    birth_on: dt.date | None
    ethnicity: str = Field(description="GB/T 3304 的代码")
    education: str = Field(description="GB/T 4658 的代码")
    job_post: str
    front_line: str
    in_youth_league: bool


class LetterOut(Schema):
    """A letter of the political review; neither whom it asks about nor what was answered."""

    id: int
    applicant_id: int
    number: str
    state: str = Field(description="written 待发出、sent 等回函、returned 已回函、cancelled 已作废")
    to: str
    due_on: dt.date
    sent_on: dt.date | None
    reminded_on: dt.date | None
    returned_on: dt.date | None


class QuotaOut(Schema):
    """The yearly plan of an organisation as it was handed down."""

    id: int = Field(description="党组织的编号")
    short_name: str
    places: int | None = Field(description="计划人数；没有下达的为空")
    document: str | None
    given_at: dt.datetime | None


class QuotaRequestOut(Schema):
    """What a unit asked for beyond its plan, and what it was answered."""

    id: int
    organization_id: int
    year: int
    wanted: int
    reason: str
    state: str
    granted: int
    answer: str
    asked_at: dt.datetime


router = Router()

operation(
    router,
    "/development/applicants",
    APPLICANTS,
    ApplicantOut,
    description="入党申请人：不写阶段的列在培养的，期限最近的在前；只列有权查看的。",
)
operation(
    router,
    "/development/register",
    REGISTER,
    RegisteredOut,
    description="各阶段名册：不写名册的列入党申请人，every 列全部；reached 和 since、until 按到达某一步的日期找。",
)
operation(
    router,
    "/development/letters",
    LETTERS,
    LetterOut,
    description="政审函调：不写状态的列没有回函的，期限最近的在前。",
)
operation(
    router,
    "/development/quotas",
    QUOTAS,
    QuotaOut,
    description="各单位的发展党员年度计划：不写年度的列今年的。",
)
operation(
    router,
    "/development/quota-requests",
    REQUESTS,
    QuotaRequestOut,
    description="追加计划的申请和答复，最近的在前。",
)
statistics.operation(
    router,
    "/development/statistics",
    STATISTICS,
    description="一个党组织及其下级在一段时间里申请入党、确定为积极分子、发展对象、接收、转正和终止的人数。",
)
