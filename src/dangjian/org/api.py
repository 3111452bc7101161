"""Organisations for programs."""

import datetime as dt

from ninja import Router, Schema
from pydantic import Field

from dangjian.kernel.api import REFUSED
from dangjian.kernel.gate import Request
from dangjian.org.gate import api_operation, find
from dangjian.org.lists import operation
from dangjian.org.models import Kind, Organization, OrganizationVersion
from dangjian.org.views.browse import ORGANIZATIONS

router = Router()


class OrganizationOut(Schema):
    """A Party organisation as it stands today."""

    id: int
    code: str = Field(description="党组织编码")
    kind: Kind = Field(description="committee 党委、general_branch 党总支、branch 党支部、group 党小组")
    type_code: str = Field(description="党组织类别代码")
    name: str = Field(description="全称")
    short_name: str = Field(description="简称")
    parent_id: int | None = Field(description="上级党组织")
    path: str = Field(description="由各级编号组成的路径，下级以上级的路径开头")
    established_on: dt.date = Field(description="成立日期")
    live_on: dt.date = Field(description="启用日期：应办事项、党费和组织生活统计从这一天算起")
    dissolved_on: dt.date | None = Field(description="撤销日期")
    site: str = Field(description="场区")


class VersionOut(Schema):
    """How an organisation stood in a period."""

    name: str
    short_name: str
    parent_id: int | None
    starts_on: dt.date
    ends_on: dt.date | None = Field(description="不含当日；空为至今")


operation(
    router,
    "/organizations",
    ORGANIZATIONS,
    OrganizationOut,
    summary="党组织列表",
    description="按类别、上级、名称查找；只列有权查看的党组织，没有指明时不含已撤销的。",
)


def _organization(_request: Request, organization_id: int) -> Organization:
    found: Organization = find(Organization, pk=organization_id)
    return found


@router.get(
    "/organizations/{organization_id}",
    response={200: OrganizationOut, **REFUSED},
    summary="一个党组织",
    description="按编号取一个党组织。",
)
@api_operation("org.view", on=_organization)
def get_organization(request: Request, organization: Organization) -> Organization:  # noqa: ARG001 - every operation is handed the request
    """One organisation."""
    return organization


@router.get(
    "/organizations/{organization_id}/history",
    response={200: list[VersionOut], **REFUSED},
    summary="党组织沿革",
    description="各时期的名称和上级，从早到晚。",
)
@api_operation("org.view", on=_organization)
def organization_history(request: Request, organization: Organization) -> list[OrganizationVersion]:  # noqa: ARG001 - every operation is handed the request
    """Names and superiors of the past, earliest first."""
    return list(organization.versions.order_by("starts_on"))
