from dangjian.engines.duties.actions import refresh
from dangjian.engines.notifications.actions import notify
from dangjian.engines.notifications.models import Notification
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World


def message_to(world: World) -> Notification:
    notify(actor=make.SYSTEM, user_ids=[world.secretary.pk], title="会议通知")
    return Notification.objects.get(user=world.secretary)


def overdue(world: World) -> dict[str, str]:
    refresh(actor=make.SYSTEM, organizations=[world.branch])
    return {"code": "duties-cell", "key": f"{world.branch.pk}.body.quarter.20261001.all"}


EXAMPLES = {
    "notifications:inbox": Example(
        row=lambda world, number: notify(actor=make.SYSTEM, user_ids=[world.secretary.pk], title=f"会议通知{number}"),
        holder=lambda world: world.secretary,
    ),
    "notifications:remind": Example(
        overdue,
        post=lambda world: {"user_ids": [world.secretary.pk], "text": "请尽快办理"},
        holder=lambda world: world.office,
    ),
    "notifications:open": Example(
        lambda world: {"pk": message_to(world).pk}, post=lambda _world: {}, holder=lambda world: world.secretary
    ),
}
