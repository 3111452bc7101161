"""Addresses of dues."""

from django.urls import URLPattern, path

from dangjian.activities.dues.views import home, mine, oversight, statistics

app_name = "dues"
urlpatterns: list[URLPattern] = [
    # bills, collecting, a member's own page
    path("", home.door, name="home"),
    path("mine/", mine.mine, name="mine"),
    # assessments and reliefs
    # books
    # bank transfer and online payment
    # duties, statistics
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics/table.xlsx", statistics.statistics_sheet, name="statistics_sheet"),
    path("statistics/bills/", statistics.statistics_bills, name="statistics_bills"),
    path("statistics/bills/table.xlsx", statistics.statistics_bills_sheet, name="statistics_bills_sheet"),
    path("statistics/members/", statistics.statistics_members, name="statistics_members"),
    path("statistics/extra/", statistics.statistics_extra, name="statistics_extra"),
    path("arrears/", oversight.arrears, name="arrears"),
    path("arrears/<int:pk>/", oversight.arrears_case, name="arrears_case"),
    path("arrears/<int:pk>/talk/", oversight.arrears_handle, {"how": "talk"}, name="arrears_talk"),
    path("arrears/<int:pk>/excuse/", oversight.arrears_handle, {"how": "excuse"}, name="arrears_excuse"),
    path("arrears/<int:pk>/refer/", oversight.arrears_handle, {"how": "refer"}, name="arrears_refer"),
    path("inspections/", oversight.inspections, name="inspections"),
    path("inspections/new/", oversight.inspection_new, name="inspection_new"),
    path("inspections/<int:pk>/", oversight.inspection, name="inspection"),
]
