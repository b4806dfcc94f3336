from __future__ import annotations

import pytest
from django.test import Client

from tests.accounts.factories import PASSWORD, MembershipFactory

URL = "/sign-in/"


@pytest.fixture
def person(organization):
    return MembershipFactory(organization=organization, user__username="ana").user


def test_it_signs_in_and_goes_on_where_the_person_wanted(client, person):
    answer = client.post(URL, {"username": "ana", "password": PASSWORD, "next": "/assets/?q=1"})
    assert answer["Location"] == "/assets/?q=1"
    assert client.get("/settings/").status_code == 403


def test_it_sends_strangers_to_sign_in(client, db):
    assert client.get("/settings/")["Location"] == "/sign-in/?next=/settings/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_it_does_not_send_people_elsewhere(client, person, target):
    answer = client.post(URL, {"username": "ana", "password": PASSWORD, "next": target})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"username": "bob"}, {"password": ""}])
def test_it_refuses_a_wrong_pair(client, person, wrong):
    answer = client.post(URL, {"username": "ana", "password": PASSWORD} | wrong)
    assert answer.status_code == 200
    assert "errors" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_it_says_in_words_what_is_wrong(client, person):
    answer = client.post(URL, {"username": "ana", "password": "guess"})
    assert "do not belong together" in answer.content.decode()


def test_it_says_where_the_first_sign_ins_are(client, db, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert "first sign-ins" not in client.get(URL).content.decode()
    (tmp_path / "credentials.json").write_text("{}")
    page = client.get(URL).content.decode()
    assert f"<code>{tmp_path}/credentials.json</code>" in page


def test_it_keeps_a_deactivated_person_out(client, person):
    person.is_active = False
    person.save()
    client.post(URL, {"username": "ana", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_signing_out_ends_the_session(operator):
    assert operator.post("/sign-out/")["Location"] == "/sign-in/"
    assert operator.get("/settings/")["Location"].startswith("/sign-in/")


def test_signing_out_needs_a_post(operator):
    assert operator.get("/sign-out/").status_code == 405


def test_it_tells_a_person_without_an_organization(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("lone"))
    answer = client.get("/settings/")
    assert answer.status_code == 403
    assert "not a member" in answer.content.decode()
    assert 'action="/sign-out/"' in answer.content.decode()


def test_it_says_in_words_what_a_role_may_not(operator):
    page = operator.get("/settings/").content.decode()
    assert "<h1>Not allowed</h1>" in page
    assert "Your role may not administer." in page


def test_a_form_of_another_time_says_what_to_do(person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    page = client.post("/sign-out/")
    part = client.post("/sign-out/", headers={"HX-Request": "true"})
    assert page.status_code == part.status_code == 403
    assert "Load it again" in page.content.decode()
    assert "Load it again" in part.json()["detail"]


def test_it_switches_between_the_organizations_of_a_person(client, person, other_organization):
    MembershipFactory(organization=other_organization, user=person, role="admin")
    client.force_login(person)
    assert "Switch to Rival" in client.get("/quarantine/").content.decode()
    client.post(f"/organizations/{other_organization.pk}/switch/")
    assert "Rival" in client.get("/settings/").content.decode()


def test_it_does_not_switch_to_the_organization_of_others(operator, other_organization):
    assert operator.post(f"/organizations/{other_organization.pk}/switch/").status_code == 404
