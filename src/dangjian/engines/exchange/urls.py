"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.engines.exchange.views import batches, rows, workbooks

app_name = "exchange"
urlpatterns: list[URLPattern] = [
    *batches.IMPORTS.paths(""),
    path("new/", batches.upload, name="upload"),
    path("template/", batches.template, name="template"),
    path("workbook/new/", workbooks.upload, name="workbook_upload"),
    path("workbook/template/", workbooks.template, name="workbook_template"),
    path("workbook/<int:pk>/", workbooks.detail, name="workbook"),
    path("<int:pk>/", batches.detail, name="detail"),
    path("<int:pk>/picture/", batches.picture, name="picture"),
    path("<int:pk>/progress/", batches.progress, name="progress"),
    path("<int:pk>/check/", batches.check, name="check"),
    path("<int:pk>/answers/", workbooks.answers, name="answers"),
    path("<int:pk>/set-aside/", workbooks.set_aside, name="set_aside"),
    path("<int:pk>/take-up/", workbooks.take_up, name="take_up"),
    path("<int:pk>/columns/", batches.answer_for_columns, name="columns"),
    path("<int:pk>/commit/", batches.commit, name="commit"),
    path("<int:pk>/undo/", batches.undo, name="undo"),
    path("<int:pk>/discard/", batches.discard, name="discard"),
    path("<int:pk>/leave-out-wrong/", rows.leave_out_wrong, name="leave_out_wrong"),
    path("<int:pk>/rows/<int:number>/", rows.row, name="row"),
    path("<int:pk>/rows/<int:number>/leave-out/", rows.leave_out, name="leave_out"),
]
