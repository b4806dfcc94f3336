from __future__ import annotations

import re

import pytest
from django.contrib import admin as django_admin

from smartmaint.accounts.models import ApiToken, Membership
from smartmaint.accounts.tenant_admin import TenantAdmin
from tests.accounts.factories import ApiTokenFactory, MembershipFactory
from tests.sensors.factories import AssetFactory, SensorFactory, SiteFactory


@pytest.fixture
def theirs(other_organization):
    """A sensor of the other organization, with asset and site: nothing of it may ever be seen."""
    site = SiteFactory(organization=other_organization, code="their-site", name="Their site")
    asset = AssetFactory(organization=other_organization, site=site, code="THEIRS", name="Their pump")
    return SensorFactory(organization=other_organization, asset=asset, code="THEIRS.flow")


PAGES = [
    "",
    "sensors/site/",
    "sensors/asset/",
    "sensors/asset/add/",
    "sensors/sensor/",
    "sensors/sensor/add/",
    "accounts/membership/",
    "accounts/apitoken/",
]


@pytest.mark.parametrize("page", PAGES)
def test_it_shows_nothing_of_others(admin, theirs, outsider, page):
    ApiTokenFactory(organization=theirs.organization, name="their token")
    text = admin.get(f"/admin/{page}").content.decode()
    assert "Site administration" in text or "Django administration" in text
    assert not re.search(r"THEIRS|[Tt]heir (site|pump|token)|of-rival", text)


@pytest.mark.parametrize("act", ["change", "history", "delete"])
def test_another_organizations_row_is_not_found(admin, theirs, act):
    for row in (theirs.asset, theirs.asset.site):
        assert admin.get(f"/admin/sensors/{row._meta.model_name}/{row.pk}/{act}/").status_code == 404


def test_a_form_takes_no_row_of_others(admin, theirs, organization):
    form = {"code": "P-1", "name": "P-1", "site": theirs.asset.site_id, "criticality": 2}
    form |= {"sensors-TOTAL_FORMS": 0, "sensors-INITIAL_FORMS": 0}
    assert (
        "not one of the available choices" in admin.post("/admin/sensors/asset/add/", form).content.decode()
    )
    assert not organization.assets.exists()


def test_autocomplete_offers_own_rows_only(admin, theirs, organization):
    AssetFactory(organization=organization, code="OURS", name="Our pump")
    query = {"app_label": "sensors", "model_name": "sensor", "field_name": "asset"}
    results = admin.get("/admin/autocomplete/", query).json()["results"]
    assert [result["text"] for result in results] == ["Our pump"]


def test_a_new_row_belongs_to_the_callers_organization(admin, organization):
    form = {"code": "S-1", "name": "North", "timezone": "America/Sao_Paulo"}
    admin.post("/admin/sensors/site/add/", form)
    assert organization.sites.get().name == "North"


def test_a_code_that_is_taken_gets_a_message(admin, organization):
    SiteFactory(organization=organization, code="S-1")
    form = {"code": "S-1", "name": "North", "timezone": "UTC"}
    answer = admin.post("/admin/sensors/site/add/", form)
    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()


def test_the_same_code_may_exist_at_others(admin, organization, theirs):
    form = {"code": "their-site", "name": "North", "timezone": "UTC"}
    assert admin.post("/admin/sensors/site/add/", form).status_code == 302


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 302), ("operator", 302), ("technician", 302), ("planner", 200), ("admin", 200)],
)
def test_who_may_enter_the_admin(request, persona, status):
    assert request.getfixturevalue(persona).get("/admin/").status_code == status


def test_a_planner_does_not_see_what_administrators_settle(planner):
    assert planner.get("/admin/accounts/apitoken/").status_code == 403


def test_a_superuser_is_not_special(admin, theirs):
    admin.user.is_superuser = True
    admin.user.save()
    assert admin.get(f"/admin/sensors/sensor/{theirs.pk}/change/").status_code == 404


def test_every_admin_page_of_ours_is_a_tenants():
    ours = {"accounts", "events", "sensors", "anomalies", "maintenance", "mlops", "reports"}
    registered = django_admin.site._registry.items()
    loose = [model for model, page in registered if not isinstance(page, TenantAdmin)]
    assert not [model for model in loose if model._meta.app_label in ours]


def test_a_token_made_in_the_admin_is_shown_once(admin, organization):
    form = {"name": "gateway", "scopes": ["data:ingest"], "networks": ""}
    text = admin.post("/admin/accounts/apitoken/add/", form, follow=True).content.decode()
    secret = re.search(r"smt_[\w-]{43}", text).group()
    assert ApiToken.objects.for_secret(secret).get().organization == organization
    assert secret not in admin.get("/admin/accounts/apitoken/").content.decode()


def test_a_token_is_revoked_and_stays_on_record(admin, organization):
    token = ApiTokenFactory(organization=organization)
    admin.post("/admin/accounts/apitoken/", {"action": "revoke_tokens", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at
    assert admin.post(f"/admin/accounts/apitoken/{token.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_last_administrator_stays_one(admin, organization):
    mine = admin.user.memberships.get()
    admin.post(f"/admin/accounts/membership/{mine.pk}/change/", {"role": "viewer"})
    other = MembershipFactory(organization=organization, role="admin")
    admin.post(f"/admin/accounts/membership/{other.pk}/change/", {"role": "planner"})
    assert Membership.objects.get(pk=mine.pk).role == "admin"
    assert Membership.objects.get(pk=other.pk).role == "planner"
