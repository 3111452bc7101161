"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.engines.exchange.views import batches, rows, templates, workbooks

app_name = "exchange"
urlpatterns: list[URLPattern] = [
    *batches.IMPORTS.paths(""),
    path("new/", batches.upload, name="upload"),
    path("template/", batches.template, name="template"),
    path("workbook/new/", workbooks.upload, name="workbook_upload"),
    path("workbook/template/", workbooks.template, name="workbook_template"),
    path("workbook/<int:pk>/", workbooks.detail, name="workbook"),
    *templates.TEMPLATES.paths("templates/"),
    path("templates/new/", templates.template_new, name="sheet_template_new"),
    path("templates/receive/", templates.template_receive, name="sheet_template_receive"),
    path("templates/<int:pk>/", templates.template, name="sheet_template"),
    path("templates/<int:pk>/copy/", templates.template_copy, name="sheet_template_copy"),
    path("templates/<int:pk>/edit/", templates.template_edit, name="sheet_template_edit"),
    path("templates/<int:pk>/try/", templates.template_try, name="sheet_template_try"),
    path("templates/<int:pk>/blank.xlsx", templates.template_blank, name="sheet_template_blank"),
    path("templates/<int:pk>/template.json", templates.template_file, name="sheet_template_file"),
    path("templates/<int:pk>/take-out/", templates.template_take_out, name="sheet_template_take_out"),
    path("templates/<int:pk>/retire/", templates.template_retire, name="sheet_template_retire"),
    path("templates/<int:pk>/restore/", templates.template_restore, name="sheet_template_restore"),
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
