"""The roster goes out from any filtered list of members."""

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import render

from dangjian.kernel import clock
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.submit import attempt
from dangjian.members.actions.exporting import export as export_roster
from dangjian.members.forms import ExportForm
from dangjian.members.models import Member
from dangjian.members.views.roster import MEMBERS


@requires("members.export", methods=("GET", "POST"))
def export(request: Request) -> HttpResponseBase:
    """State the purpose, then get the sheet. The address carries the filters of the members' list."""
    asked = MEMBERS.asked(request)
    rows: QuerySet[Member] = asked.ordered.select_related(None).defer(None)
    in_full = request.actor.may("members.unmask")
    form = ExportForm(request.POST or None, may_unmask=in_full)
    if request.method == "POST" and form.is_valid():
        selection = "，按条件筛选" if asked.is_filtered else ""
        if sheet := attempt(
            form, lambda _data: export_roster(actor=request.actor, rows=rows, selection=selection, **form.keywords())
        ):
            return FileResponse(sheet, as_attachment=True, filename=f"党员名册{clock.today():%Y%m%d}.xlsx")
    context = {"form": form, "number": rows.count(), "selected": asked.is_filtered, "may_take_out": in_full}
    return render(request, "members/export.html", context, status=422 if form.is_bound else 200)
