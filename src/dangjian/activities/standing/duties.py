"""What branches are reminded of: the article says what is to be decided, people decide it, and nothing is opened by itself."""

from dangjian.activities.standing.queries import ends
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.org.duty_offers import ActionLink, DueDates, DutyRule, Evidence
from dangjian.org.models import Kind

BRANCH = frozenset({Kind.BRANCH})
KEEPERS = ("secretary", "organisation_member", "deputy_secretary")


def _begun(*procedures: str) -> Evidence:
    """It is before the branch once a case about the member was begun."""
    return Evidence(
        lambda: ProcedureCase.objects.filter(procedure__in=procedures),
        on="started_on",
        organization="organization_id",
        member="subject_id",
    )


RULES = (
    DutyRule(
        "standing.probation_end",
        "留党察看期满处理",
        "察看期满",
        rule="disc.probation",
        kinds=BRANCH,
        severity="warning",
        how="请本人写出汇报，党员大会讨论恢复党员权利、延长还是开除党籍，报上级决定；没有新的决定的，期满恢复党员权利。",
        responsible=KEEPERS,
        start=ActionLink(
            "去办理", "members:detail", args=lambda duty: (duty.member_id,), query=lambda _duty: {"tab": "procedures"}
        ),
        subject="member",
        occasions=DueDates(
            ends.probations_ending,
            organization="member__branch_id",
            member="member_id",
            occasion="",
            opens_on="opens_on",
            due_on="ends_on",
            title="duty_title",
        ),
        evidence=_begun("probation_end"),
        view="standing.view",
        icon="hourglass-high",
        order=440,
    ),
    DutyRule(
        "standing.still_lost",
        "停止党籍满两年仍无法取得联系的，研究除名",
        "除名",
        rule="lost.remove",
        kinds=BRANCH,
        severity="warning",
        how="再查找一次；仍然没有联系的，支部委员会提出除名，报上级预审。取得联系的，办理恢复党籍。",
        responsible=KEEPERS,
        start=ActionLink(
            "去办理", "members:detail", args=lambda duty: (duty.member_id,), query=lambda _duty: {"tab": "procedures"}
        ),
        subject="member",
        occasions=DueDates(
            ends.still_lost,
            organization="member__branch_id",
            member="member_id",
            occasion="",
            opens_on="opens_on",
            due_on="no_day",
            title="duty_title",
        ),
        evidence=_begun("removal", "restoration"),
        view="standing.view",
        icon="user-off",
        order=441,
    ),
)
