"""Who deals with an applicant: whoever holds the right at their branch, and is not the applicant."""

from dangjian.activities.development.models import Applicant
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import PermissionDenied
from dangjian.members.own import require_not_own


def require_office(actor: Actor, permission: str, applicant: Applicant) -> None:
    """Raise unless the actor holds ``permission`` at the applicant's branch, and it is not their own case."""
    actor.require(permission, applicant.organization)
    if actor.user_id is not None and actor.user_id == applicant.user_id:
        raise PermissionDenied("这件事关系到您本人，不能由您自己办理。", how="请由其他同志办理。")
    if applicant.member is not None:
        require_not_own(actor, [applicant.member])
