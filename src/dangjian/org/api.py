"""Organisations for programs."""

import datetime as dt

from django.db.models import QuerySet
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from dangjian.kernel.api import REFUSED, Key, Pages
from dangjian.kernel.gate import Request
from dangjian.org.gate import api_operation, find
from dangjian.org.models import Kind, Organization, OrganizationVersion

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


class OrganizationFilter(Schema):
    """What to list."""

    kind: Kind | None = Field(None, description="类别")
    under: Key | None = Field(None, description="只列这个党组织及其下级")
    q: str = Field("", description="名称中的文字")
    dissolved: bool = Field(False, description="也列已撤销的")


@router.get(
    "/organizations",
    response={200: list[OrganizationOut], **REFUSED},
    summary="党组织列表",
    description="按类别、上级、名称查找；只列有权查看的党组织。",
)
@paginate(Pages)
@api_operation("org.view")
def list_organizations(request: Request, filters: Query[OrganizationFilter]) -> QuerySet[Organization]:  # noqa: ARG001 - every operation is handed the request
    """Organisations in reach, filtered."""
    found = Organization.objects.all()
    if not filters.dissolved:
        found = found.filter(dissolved_on=None)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.under:
        found = found.below(find(Organization, pk=filters.under))
    if filters.q:
        found = found.filter(name__contains=filters.q)
    return found


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
