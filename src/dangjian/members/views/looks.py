"""Who looked at a record: under a tab of the record for who keeps it, and for the member on a page of their own."""

from django.db.models import QuerySet

from dangjian.accounts.models import Event
from dangjian.kernel.lists import Asked, Drawn, Empty, ListPage, ListPart
from dangjian.members.queries.records import looks_at, own_record

NOBODY = Empty("eye-off", "还没有人看过", "其他人打开这份档案，或查看完整号码，都会记在这里。")
LOOK = Drawn("members/_look.html")


def _rows(asked: Asked) -> QuerySet[Event]:
    return looks_at(asked.of)


LOOKS = ListPart(
    name="members:looks",
    title="谁看过这份档案",
    page="members:detail",
    within={"tab": "viewers"},
    heading="谁看过这份档案",
    icon="eye",
    rows=_rows,
    drawn=LOOK,
    order=("-at",),
    empty=NOBODY,
)

OWN = ListPage(
    name="members:me_views",
    title="谁看过我的档案",
    permission="members.own",
    is_narrow=True,
    crumbs=(("我的", "members:me"),),
    intro="打开档案每人每天记一次；查看完整号码每次都记，并写明用途。",
    of=lambda request: own_record(request.actor),
    rows=_rows,
    drawn=LOOK,
    order=("-at",),
    empty=NOBODY,
    has_sheet=False,  # one's own
)
