from __future__ import annotations

from django.urls import path

from smartmaint.accounts import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path(
        "organizations/<int:organization_id>/switch/", views.organization_switch, name="organization-switch"
    ),
    # /settings/
    path("settings/", views.settings, name="settings"),
    path("settings/organization/", views.organization_update, name="organization-update"),
    path("settings/members/", views.member_add, name="member-add"),
    path("settings/members/<int:membership_id>/", views.member_change, name="member-change"),
    path("settings/members/<int:membership_id>/remove/", views.member_remove, name="member-remove"),
    path("settings/tokens/", views.token_create, name="token-create"),
    path("settings/tokens/<int:token_id>/limits/", views.token_limit, name="token-limit"),
    path("settings/tokens/<int:token_id>/revoke/", views.token_revoke, name="token-revoke"),
]
