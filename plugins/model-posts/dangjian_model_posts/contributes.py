"""What the plugin offers to the house: the same door that built-in modules use."""

from pathlib import Path

from django.db.models import Exists, OuterRef, QuerySet

from dangjian.engines.procedures.declaring import procedure_offers
from dangjian.kernel.offers import ApiRouter, MenuItem, Permission
from dangjian.kernel.windows import Window
from dangjian.org import roles
from dangjian.org.duty_offers import ActionLink, DutyRule, Evidence
from dangjian.org.models import Kind, Organization, PostKind
from dangjian_model_posts.models import ModelPost, Review
from dangjian_model_posts.statistics import router


def with_model_posts(rows: QuerySet[Organization], window: Window) -> QuerySet[Organization]:
    """Only branches that had a model post before the period ended owe a review."""
    posts = ModelPost.objects.filter(organization=OuterRef("pk"), named_on__lte=window.last, ended_on=None)
    return rows.filter(Exists(posts))


OFFERS = (
    Permission("model_posts.view", "查看党员示范岗", roles.RUNNERS | {roles.MEMBER}),
    Permission("model_posts.manage", "挂牌、摘牌和评议党员示范岗", roles.COMMITTEE, reach="own"),
    Permission("model_posts.approve", "审批和验收党建+项目", roles.OFFICE),
    MenuItem("党员示范岗", "model_posts:list", "award", "model_posts.view", group="党建+", order=10),
    MenuItem("党建+项目", "procedures:project", "bulb", "model_posts.view", group="党建+", order=20),
    *procedure_offers(Path(__file__).parent / "procedures" / "project.yaml"),
    DutyRule(
        "model_posts_review",
        "评议党员示范岗",
        "示范岗评议",
        rule="model_posts.review",
        kinds=frozenset({Kind.BRANCH}),
        how="支部每季度看一看各示范岗承诺兑现得怎么样，写一句评议意见。",
        responsible=(PostKind.ORGANISATION_MEMBER, PostKind.SECRETARY),
        start=ActionLink("去评议", "model_posts:review", query=lambda duty: {"organization": duty.organization_id}),
        evidence=Evidence(Review.objects.all, on="reviewed_on", organization="organization_id"),
        owed_by=with_model_posts,
        icon="award",
        order=500,
    ),
    ApiRouter("model_posts", "党员示范岗", router, order=500),
)
