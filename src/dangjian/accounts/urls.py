"""Addresses of this app."""

from django.urls import URLPattern, path

from dangjian.accounts import administrators, auditing, views

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.password, name="password"),
    path("contact/", views.contact, name="contact"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", views.revoke_token, name="revoke_token"),
    *views.ACCOUNTS.paths(""),
    path("new/", views.account_new, name="new"),
    path("<int:pk>/active/", views.account_active, name="active"),
    path("<int:pk>/reset/", views.account_reset, name="reset"),
    path("administrators/", administrators.administrators, name="administrators"),
    path("administrators/<int:pk>/propose/", administrators.propose_reset, name="propose_reset"),
    path("administrators/resets/<int:pk>/agree/", administrators.agree_to_reset, name="agree_to_reset"),
    path("administrators/resets/<int:pk>/withdraw/", administrators.withdraw_reset, name="withdraw_reset"),
    *views.LOCKS.paths("locks/"),
    path("locks/unlock/", views.unlock, name="unlock"),
    *auditing.EVENTS.paths("events/"),
    path("events/<int:pk>/", auditing.event, name="event"),
    path("events/export/", auditing.export, name="events_export"),
]
