"""Every address x every role x (own, another organization's): generated from the URLconf.

A new address without `@page(SCOPE)`, `@endpoint(METHOD=SCOPE)` or a place among the public ones fails here.
"""

from __future__ import annotations

import pytest
from django.test import Client

from smartmaint.accounts.models import Membership
from smartmaint.accounts.scopes import ROLE_SCOPES, SCOPES
from tests.accounts.urls_walk import Route, walk_routes
from tests.conftest import member, signed_in

ROUTES = walk_routes()
GUARDED = [(route, method) for route in ROUTES for method in route.scopes]
WITH_IDS = [(route, method) for route, method in GUARDED if route.has_ids]


def names(value: object) -> str:
    return str(value)


def knock(client: Client, method: str, address: str) -> int:
    """Ask with the method and return the status; a page is asked by GET, then by POST if it wants that."""
    if method != "PAGE":
        return client.generic(method, address, "{}", content_type="application/json").status_code
    status = client.get(address).status_code
    return client.post(address).status_code if status == 405 else status


@pytest.mark.parametrize("route", ROUTES, ids=names)
def test_it_says_who_may_come(route: Route):
    assert route.scopes, f"{route} ({route.name}) declares no scope and is not listed as public"
    assert set(route.scopes.values()) <= set(SCOPES)


@pytest.mark.parametrize(("route", "method"), GUARDED, ids=names)
def test_a_stranger_is_turned_away(db, organization, route: Route, method: str):
    address, client = route.address(organization), Client()
    if route.is_api:
        assert knock(client, method, address) == 401
        return
    asked = client.get(address)
    asked = client.post(address) if asked.status_code == 405 else asked
    assert (asked.status_code, asked["Location"].split("?")[0]) == (302, "/sign-in/")


@pytest.mark.parametrize(("route", "method"), GUARDED, ids=names)
def test_a_role_may_what_its_scopes_say(db, organization, route: Route, method: str):
    for role, scopes in ROLE_SCOPES.items():
        client = signed_in(member(organization, role))
        status = knock(client, method, route.address(organization))
        if route.scopes[method] in scopes:
            assert status not in {401, 403, 405}, role
            assert status < 500, role
            assert not (route.has_ids and status == 404), role
        else:
            assert status == 403, role


@pytest.mark.parametrize(("route", "method"), WITH_IDS, ids=names)
def test_another_organizations_object_is_not_found(
    db, organization, other_organization, route: Route, method: str
):
    client = signed_in(member(organization, Membership.Role.ADMIN))
    assert knock(client, method, route.address(other_organization)) == 404


@pytest.mark.parametrize(("route", "method"), [it for it in GUARDED if it[0].is_api], ids=names)
def test_a_token_needs_the_scope_itself(api, organization, route: Route, method: str):
    wanted, address = route.scopes[method], route.address(organization)
    assert knock(api(*set(SCOPES) - {wanted}), method, address) == 403
    assert knock(api(wanted), method, address) not in {401, 403, 404, 405, 500}


@pytest.mark.parametrize(("route", "method"), [it for it in WITH_IDS if it[0].is_api], ids=names)
def test_a_token_does_not_reach_another_organization(
    api, organization, other_organization, route: Route, method: str
):
    assert knock(api(), method, route.address(other_organization)) == 404
