"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.org.views import applications, browse, changes, holidays, posts, reorganisations, roles, setup

app_name = "org"
urlpatterns: list[URLPattern] = [
    path("", browse.tree, name="tree"),
    *browse.ORGANIZATIONS.paths("list/"),
    path("setup/loading/", setup.loading, name="setup_loading"),
    path("setup/again/", setup.start_over, name="start_over"),
    path("setup/<slug:key>/", setup.choose, name="setup"),
    path("setup/<slug:key>/enterprise/", setup.set_up, name="setup_enterprise"),
    path("setup/<slug:key>/demonstration/", setup.demonstration, name="setup_demonstration"),
    path("rules/", setup.rules, name="rules"),
    path("working-days/", holidays.working_days, name="working_days"),
    path("working-days/<int:year>/", holidays.holiday_notice, name="holiday_notice"),
    path("working-days/<int:year>/remove/", holidays.remove_holiday_notice, name="remove_holiday_notice"),
    path("<int:pk>/", browse.detail, name="detail"),
    path("<int:pk>/below/", browse.branches, name="below"),
    path("<int:pk>/new/", changes.set_up, name="set_up"),
    path("<int:pk>/rename/", changes.rename, name="rename"),
    path("<int:pk>/move/", changes.move, name="move"),
    path("<int:pk>/dissolve/", changes.dissolve, name="dissolve"),
    path("reorganisations/<int:pk>/undo/", reorganisations.take_back, name="take_back"),
    path("<int:pk>/live/", changes.go_live, name="go_live"),
    path("<int:pk>/edit/", changes.edit, name="edit"),
    path("<int:pk>/groups/new/", changes.group_set_up, name="group_set_up"),
    path("<int:pk>/group/rename/", changes.group_rename, name="group_rename"),
    path("<int:pk>/group/dissolve/", changes.group_dissolve, name="group_dissolve"),
    path("<int:pk>/posts/new/", posts.appoint, name="appoint"),
    path("<int:pk>/leader/", posts.appoint_leader, name="appoint_leader"),
    path("posts/<int:pk>/end/", posts.end_post, name="end_post"),
    path("leaders/<int:pk>/end/", posts.end_leader, name="end_leader"),
    path("<int:pk>/terms/new/", posts.start_term, name="start_term"),
    path("terms/<int:pk>/extend/", posts.extend_term, name="extend_term"),
    path("terms/<int:pk>/end/", posts.end_term, name="end_term"),
    *applications.APPLICATIONS.paths("applications/"),
    applications.APPLICATION.path("applications/<int:pk>/"),
    path("<int:pk>/apply/", applications.apply, name="apply"),
    *roles.GRANTS.paths("grants/"),
    path("grants/new/", roles.new_grant, name="new_grant"),
    path("grants/<int:pk>/revoke/", roles.revoke_grant, name="revoke_grant"),
    *roles.DELEGATIONS.paths("delegations/"),
    path("delegations/new/", roles.new_delegation, name="new_delegation"),
    path("delegations/<int:pk>/revoke/", roles.revoke_delegation, name="revoke_delegation"),
]
