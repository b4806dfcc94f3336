"""The people and programs that tests are told from, and where real data is found."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from smartmaint.accounts.models import ApiToken, Membership, Organization, User
from smartmaint.accounts.scopes import SCOPES
from tests.accounts.factories import ApiTokenFactory, MembershipFactory, OrganizationFactory

TEST_DATA = Path(os.environ.get("SMARTMAINT_TEST_DATA", "../shared/data"))

ApiFactory = Callable[..., APIClient]


class JSONClient(APIClient):
    default_format = "json"


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real, labelled data."""
    if not TEST_DATA.is_dir():
        pytest.skip(f"no real data: set SMARTMAINT_TEST_DATA (looked in {TEST_DATA})")
    return TEST_DATA


@pytest.fixture
def organization(db: Any) -> Organization:
    return OrganizationFactory(slug="acme", name="Acme")


@pytest.fixture
def other_organization(db: Any) -> Organization:
    return OrganizationFactory(slug="rival", name="Rival")


def member(organization: Organization, role: str) -> User:
    """Return a person with this role, called after it."""
    return MembershipFactory(
        organization=organization, role=role, user__username=f"{role}-of-{organization.slug}"
    ).user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.user = user  # type: ignore[attr-defined]
    return client


@pytest.fixture
def viewer(organization: Organization) -> Client:
    """A browser in which a viewer is signed in; the person is `viewer.user`. The same holds below."""
    return signed_in(member(organization, Membership.Role.VIEWER))


@pytest.fixture
def operator(organization: Organization) -> Client:
    return signed_in(member(organization, Membership.Role.OPERATOR))


@pytest.fixture
def technician(organization: Organization) -> Client:
    return signed_in(member(organization, Membership.Role.TECHNICIAN))


@pytest.fixture
def planner(organization: Organization) -> Client:
    return signed_in(member(organization, Membership.Role.PLANNER))


@pytest.fixture
def admin(organization: Organization) -> Client:
    return signed_in(member(organization, Membership.Role.ADMIN))


@pytest.fixture
def outsider(other_organization: Organization) -> Client:
    """An administrator of another organization: must see nothing of ours."""
    return signed_in(member(other_organization, Membership.Role.ADMIN))


@pytest.fixture
def api(organization: Organization) -> ApiFactory:
    """Make API clients: `api()` may do all, `api("data:read")` just that, of `organization`."""

    def make(*scopes: str, organization: Organization = organization) -> APIClient:
        secret = f"smt_{organization.slug}-{'-'.join(scopes) or 'all'}"
        if not ApiToken.objects.for_secret(secret).exists():
            ApiTokenFactory(organization=organization, secret=secret, scopes=list(scopes or SCOPES))
        return JSONClient(HTTP_AUTHORIZATION=f"Bearer {secret}")

    return make
