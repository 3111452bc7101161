"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.members.views import accounts, changes, export, inbox, looks, overview, own, record, reorganise, roster

app_name = "members"
urlpatterns: list[URLPattern] = [
    *roster.MEMBERS.paths(""),
    path("new/", roster.new, name="new"),
    path("export/", export.export, name="export"),
    path("bulk/group/", roster.bulk_group, name="bulk_group"),
    path("completeness/", overview.completeness, name="completeness"),
    *accounts.OVERVIEW.paths("accounts/"),
    *accounts.NEVER.paths("accounts/never/"),
    path("accounts/runs/<int:pk>/", accounts.progress, name="accounts_progress"),
    path("accounts/<int:pk>/run/", accounts.run, name="accounts_run"),
    path("accounts/<int:pk>/slips/", accounts.print_slips, name="print_slips"),
    *inbox.PROPOSALS.paths("proposals/"),
    path("proposals/accept/", inbox.accept_many, name="accept_many"),
    inbox.PROPOSAL.path("proposals/<int:pk>/"),
    path("me/", own.me, name="me"),
    *looks.OWN.paths("me/views/"),
    path("me/check/", own.check, name="check_own"),
    path("me/propose/<slug:column>/", own.propose, name="propose"),
    path("me/show/<slug:column>/", own.show_own, name="show_own"),
    path("merge/<int:pk>/", reorganise.merge, name="merge"),
    path("split/<int:pk>/", reorganise.split, name="split"),
    path("<int:pk>/", record.detail, name="detail"),
    path("<int:pk>/edit/", record.edit, name="edit"),
    path("<int:pk>/unmask/<slug:column>/", record.show_in_full, name="unmask"),
    path("<int:pk>/details/<slug:code>/add/", record.add_detail, name="add_detail"),
    path("<int:pk>/details/<slug:code>/<int:row>/", record.change_detail, name="change_detail"),
    path("<int:pk>/details/<slug:code>/<int:row>/remove/", record.remove_detail, name="remove_detail"),
    path("<int:pk>/move/", changes.move, name="move"),
    path("<int:pk>/convert/", changes.convert, name="convert"),
    path("<int:pk>/extend/", changes.extend, name="extend"),
    path("<int:pk>/leave/", changes.leave, name="leave"),
    path("<int:pk>/return/", changes.come_back, name="come_back"),
    path("<int:pk>/reverse/", changes.reverse_change, name="reverse"),
    path("<int:pk>/account/", changes.open_account, name="account"),
    path("<int:pk>/first-password/", accounts.hand_out, name="hand_out"),
    path("<int:pk>/appoint/", changes.appoint, name="appoint"),
]
