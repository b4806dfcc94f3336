from __future__ import annotations

import re

import pytest

from smartmaint.accounts.models import ApiToken, Membership, User
from smartmaint.accounts.scopes import SCOPES
from tests.accounts.factories import ApiTokenFactory, MembershipFactory

TOKEN = {"name": "gateway", "scopes": ["data:ingest"], "expires_days": "90", "networks": "10.1.0.0/16"}
PERSON = {"username": "new", "email": "n@example.com", "password": "a long enough one", "role": "planner"}


def test_it_shows_members_and_tokens(admin, organization):
    ApiTokenFactory(organization=organization, name="line 3 gateway")
    text = admin.get("/settings/").content.decode()
    assert "line 3 gateway" in text
    assert "admin-of-acme" in text


def test_it_says_in_words_what_a_token_may(admin, organization):
    ApiTokenFactory(organization=organization, name="gateway", scopes=["data:ingest", "data:read"])
    ApiTokenFactory(organization=organization, name="all", scopes=list(SCOPES))
    text = admin.get("/settings/").content.decode()
    assert "send readings, read the plant and its readings" in text
    assert ">everything<" in text


def test_it_asks_before_it_removes_or_revokes(admin, organization):
    token = ApiTokenFactory(organization=organization)
    text = admin.get("/settings/").content.decode()
    for what in (f"revoke-{token.pk}", f"remove-{admin.user.memberships.get().pk}"):
        assert f'data-open="{what}"' in text
        assert f'<dialog class="dialog" id="{what}"' in text


def test_it_leads_to_what_is_set_up_in_the_administration(admin):
    text = admin.get("/settings/").content.decode()
    for place in ("sensors/site", "sensors/sensor", "maintenance/technician", "maintenance/decisionrule"):
        assert admin.get(f"/admin/{place}/").status_code == 200
        assert f'href="/admin/{place}/"' in text


def test_it_shows_nothing_of_others(outsider, organization):
    ApiTokenFactory(organization=organization, name="line 3 gateway")
    assert "line 3 gateway" not in outsider.get("/settings/").content.decode()


def test_it_shows_a_new_token_once(admin, organization):
    answer = admin.post("/settings/tokens/", TOKEN)
    secret = re.search(r"smt_[\w-]{43}", answer.content.decode()).group()
    token = ApiToken.objects.for_secret(secret).get()
    assert (token.organization, token.created_by) == (organization, admin.user)
    assert (token.networks, token.expires_at.date() > token.created_at.date()) == (["10.1.0.0/16"], True)
    assert "no-store" in answer["Cache-Control"]
    assert secret not in admin.get("/settings/").content.decode()


@pytest.mark.parametrize("wrong", [{"networks": "home"}, {"scopes": ["root"]}, {"scopes": []}, {"name": ""}])
def test_it_makes_no_token_from_a_wrong_form(admin, wrong):
    assert admin.post("/settings/tokens/", TOKEN | wrong).status_code == 422
    assert not ApiToken.objects.exists()


def test_it_revokes_a_token(admin, organization, api):
    client = api("data:read")
    token = ApiToken.objects.get()
    assert client.get("/api/v1/sensors/").status_code == 200
    admin.post(f"/settings/tokens/{token.pk}/revoke/")
    assert client.get("/api/v1/sensors/").status_code == 401


def test_it_adds_a_person_who_can_sign_in(admin, organization, client):
    admin.post("/settings/members/", PERSON)
    membership = Membership.objects.get(user__username="new")
    assert (membership.organization, membership.role, membership.user.is_staff) == (
        organization,
        "planner",
        True,
    )
    assert client.login(username="new", password=PERSON["password"])


@pytest.mark.parametrize("wrong", [{"password": "12345678"}, {"role": "king"}, {"username": "admin-of-acme"}])
def test_it_adds_nobody_from_a_wrong_form(admin, wrong):
    assert admin.post("/settings/members/", PERSON | wrong).status_code == 422
    assert list(User.objects.all()) == [admin.user]


def test_it_cannot_take_over_another_organizations_person(admin, outsider):
    before = outsider.user.password
    admin.post("/settings/members/", PERSON | {"username": outsider.user.username})
    outsider.user.refresh_from_db()
    assert outsider.user.password == before
    assert outsider.user.memberships.count() == 1


def test_it_changes_a_role_and_with_it_the_way_into_the_admin(admin, organization):
    member = MembershipFactory(organization=organization, role="planner")
    admin.post(f"/settings/members/{member.pk}/", {"role": "viewer"})
    member.refresh_from_db()
    assert (member.role, member.user.is_staff) == ("viewer", False)


@pytest.mark.parametrize("act", ["", "remove/"])
def test_it_keeps_at_least_one_administrator(admin, organization, act):
    mine = admin.user.memberships.get()
    admin.post(f"/settings/members/{mine.pk}/{act}", {"role": "viewer"})
    mine.refresh_from_db()
    assert mine.role == "admin"


def test_it_removes_a_member_and_keeps_the_account(admin, organization):
    member = MembershipFactory(organization=organization, role="planner")
    admin.post(f"/settings/members/{member.pk}/remove/")
    person = User.objects.get(pk=member.user_id)
    assert (person.memberships.count(), person.is_staff) == (0, False)


def test_it_switches_the_registering_of_unknown_sensors(admin, organization):
    admin.post("/settings/organization/", {"name": "Acme Works"})
    organization.refresh_from_db()
    assert (organization.name, organization.registers_unknown_sensors) == ("Acme Works", False)


def test_it_limits_what_an_organizations_programs_send(admin, organization):
    form = {"name": "Acme", "readings_per_second": "20000", "requests_per_second": ""}
    admin.post("/settings/organization/", form)
    organization.refresh_from_db()
    assert (organization.readings_per_second, organization.requests_per_second) == (20000, None)


def test_it_limits_a_token_and_takes_the_limit_back(admin, organization):
    admin.post("/settings/tokens/", TOKEN | {"readings_per_second": "500"})
    token = ApiToken.objects.get()
    assert (token.readings_per_second, token.requests_per_second) == (500, None)
    admin.post(f"/settings/tokens/{token.pk}/limits/", {"requests_per_second": "3"})
    token.refresh_from_db()
    assert (token.readings_per_second, token.requests_per_second) == (None, 3)


@pytest.mark.parametrize("wrong", ["0", "-1", "10000001", "many", "1.5", "99999999999999999999"])
def test_it_takes_no_limit_that_is_none(admin, organization, wrong):
    token = ApiTokenFactory(organization=organization, readings_per_second=7)
    answer = admin.post(f"/settings/tokens/{token.pk}/limits/", {"readings_per_second": wrong})
    assert answer.status_code == 422
    assert "Readings per second: " in answer.content.decode()
    token.refresh_from_db()
    assert token.readings_per_second == 7
