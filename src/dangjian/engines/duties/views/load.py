"""What each person carries, and one person's open duties, some of which can be given to somebody else."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangjian.accounts.queries import found_account
from dangjian.engines.duties import actions
from dangjian.engines.duties.forms import ReassignForm
from dangjian.engines.duties.models import SOONEST_FIRST, Duty
from dangjian.engines.duties.queries import lists, people
from dangjian.kernel import clock, parameters
from dangjian.kernel.actor import may
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import NUMBER, Asked, Column, Drawn, Empty, ListPage, Search, Several, Start
from dangjian.kernel.submit import attempt
from dangjian.kernel.typed import number
from dangjian.kernel.ui import marks

NOBODY = "未明确责任人"


def _find_posts(rows: list[Any], _asked: Asked) -> None:
    posts = people.posts_of([row.responsible_id for row in rows if row.responsible_id])
    for row in rows:
        row.post = posts.get(row.responsible_id, "")


LOAD = ListPage(
    name="duties:load",
    title="工作量",
    permission="duties.manage",
    intro="每个人手里有多少事。点姓名看明细，可以把一部分改派给别人。",
    rows=lambda _asked: people.load(),
    pk="responsible_id",
    columns=(
        Column("责任人", lambda row: row.name or NOBODY, sort="name", sub="post"),
        Column("职务", "post", on_page=False, width=24),
        Column("待办", "open", NUMBER, sort="-open"),
        Column("需尽快办", "soon", NUMBER, sort="-soon", drawn=lambda row: marks.number_badge(row.soon, "warn", "clock")),
        Column(
            "已超期", "overdue", NUMBER, sort="-overdue", drawn=lambda row: marks.number_badge(row.overdue, "bad", "alert-circle")
        ),
        Column("涉及单位", "places", NUMBER, sort="-places"),
        Column("今年已办", "done", NUMBER, sort="-done"),
    ),
    order=("-overdue", "-open", "name"),
    row=lambda row: f"{reverse('duties:load_person')}?id={row.responsible_id or ''}",
    load=_find_posts,
    is_tiled=True,
    filters=(Search("q", "姓名、拼音", lambda text: found_account(text, "responsible__")),),
    missed=lambda _asked: Empty("search", "没有找到这个人的事项", "请换个姓名，或清空后查看全部。"),
    empty=Empty("users", "还没有应办事项", "系统每天清晨自动列出应办事项，明天再来看。"),
)


def _person(request: Request) -> int | None:
    """Whose duties are asked for (``?id=``): nobody's, if empty."""
    return parameters.number(request, "id")


def _open_duties(asked: Asked) -> Any:
    whose = Q(responsible_id=asked.of) if asked.of else Q(responsible=None)
    return lists.to_present(Duty.objects.live().unfinished().opened(clock.today()).filter(whose))


def _title(asked: Asked) -> str:
    if asked.of is None:
        return f"{NOBODY}的事项"
    first: Any = next(iter(asked.page_obj.object_list), None)
    return first.responsible.name if first else "工作量明细"


def _intro(asked: Asked) -> str:
    how = "要交给别人办的，先勾选，再选改由谁负责。" if asked.number else ""
    return "。".join(filter(None, (people.posts_of([asked.of]).get(asked.of, "") if asked.of else "", how)))


def _present(rows: list[Any], asked: Asked) -> None:
    for row, item in zip(rows, lists.present(rows, asked.request.actor), strict=True):
        row.item = item


def _form(asked: Asked, data: Any = None) -> ReassignForm:
    shown = {duty.organization_id: duty.organization for duty in asked.page_obj.object_list}
    return ReassignForm(data, people=people.candidates(*shown.values(), members=False))


def _reassign(asked: Asked) -> HttpResponse:
    post = asked.request.POST
    form = _form(asked, post)
    ticked = [pk for value in post.getlist("duty") if (pk := number(value))]

    def give(data: Cleaned) -> int:
        return actions.reassign(actor=asked.request.actor, duties=list(asked.ordered.filter(pk__in=ticked)), **data)

    given = attempt(form, give)
    if given is None:
        return PERSON.shown_to(asked, status=422, form=form)
    messages.success(asked.request, f"已把{given}项改由{form.cleaned_data['to'].name}负责")
    return redirect(asked.address)


PERSON = ListPage(
    name="duties:load_person",
    title=_title,
    permission="duties.manage",
    frame="duties/frame.html",
    crumbs=(("工作量", "duties:load"),),
    intro=_intro,
    of=_person,
    kept=("id",),
    rows=_open_duties,
    order=SOONEST_FIRST,
    load=_present,
    drawn=Drawn("duties/_person_row.html"),
    several=Several(
        "duty",
        called=lambda duty: f"{duty.organization.short_name}{duty.title}",
        form="duties/_reassign_several.html",
        may=lambda duty, asked: may(actions.require_reassigning, asked.request.actor, duty),
    ),
    posted=_reassign,
    more=lambda asked: {"form": _form(asked)},
    empty=Empty("circle-check", "没有未办的事项", "", Start("返回工作量", "duties:load", "arrow-left")),
    has_sheet=False,  # ``LOAD`` goes out, and the matrix
)
