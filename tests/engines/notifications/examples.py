from dangjian.engines.notifications.actions import notify
from dangjian.engines.notifications.models import Notification
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World


def message_to(world: World) -> Notification:
    notify(actor=make.SYSTEM, user_ids=[world.secretary.pk], title="会议通知")
    return Notification.objects.get(user=world.secretary)


EXAMPLES = {
    "notifications:open": Example(
        lambda world: {"pk": message_to(world).pk}, post=lambda _world: {}, holder=lambda world: world.secretary
    ),
}
