"""Members for programs. ID numbers and phones are masked, as on the pages."""

import datetime as dt

from ninja import Router, Schema
from pydantic import Field

from dangjian.kernel import clock
from dangjian.kernel.api import REFUSED
from dangjian.kernel.fields import mask_phone, mask_resident_id
from dangjian.kernel.gate import Request
from dangjian.members.actions.record import note_view
from dangjian.members.models import Category, Member, Standing
from dangjian.members.policy import party_age
from dangjian.members.views.roster import MEMBERS
from dangjian.org.gate import api_operation, find
from dangjian.org.lists import operation

router = Router()


class MemberOut(Schema):
    """A member, as a list shows them."""

    id: int
    name: str = Field(description="姓名")
    branch_id: int = Field(description="所在党支部")
    organization_id: int = Field(description="所在党小组，未编组的为党支部")
    category: Category = Field(description="1 正式党员，2 预备党员")
    standing: Standing = Field(description="党籍状态")
    sex: str = Field(description="性别代码")
    birth_on: dt.date | None = Field(description="出生日期")
    education: str = Field(description="学历代码")
    job_post: str = Field(description="工作岗位代码")
    joined_on: dt.date | None = Field(description="入党时间")
    converted_on: dt.date | None = Field(description="转正时间")
    party_age: int = Field(description="党龄（年）")
    site: str = Field(description="场区")
    shift: str = Field(description="班次")
    completeness: int = Field(description="信息完整度（百分数）")

    @staticmethod
    def resolve_party_age(member: Member) -> int:
        """Whole years."""
        return party_age(member.converted_on, clock.today(), member.party_age_correction_months)


class MemberDetailOut(MemberOut):
    """A member with masked numbers."""

    resident_id: str = Field(description="公民身份号码（隐去中间各位）")
    mobile: str = Field(description="手机号码（隐去中间四位）")

    @staticmethod
    def resolve_resident_id(member: Member) -> str:
        """Masked."""
        return mask_resident_id(member.resident_id)

    @staticmethod
    def resolve_mobile(member: Member) -> str:
        """Masked."""
        return mask_phone(member.mobile)


operation(
    router,
    "/members",
    MEMBERS,
    MemberOut,
    summary="党员列表",
    description="按党组织、类别、状态、姓名等查找；只列有权查看的党员，没有指明党籍状态时只列在册的。",
)


def _member(_request: Request, member_id: int) -> Member:
    found: Member = find(Member.objects.select_related("organization"), pk=member_id)
    return found


@router.get(
    "/members/{member_id}",
    response={200: MemberDetailOut, **REFUSED},
    summary="一名党员",
    description="按编号取一名党员；与打开档案一样记入“谁看过”。",
)
@api_operation("members.view", on=_member)
def get_member(request: Request, member: Member) -> Member:
    """One member; the look is noted."""
    note_view(request.actor, member)
    return member
