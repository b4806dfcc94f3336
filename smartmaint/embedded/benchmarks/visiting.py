"""Somebody signed in, who opens pages and looks at the clock."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from smartmaint.accounts.models import Membership, User
from smartmaint.accounts.services import add_member
from smartmaint.embedded.benchmarks.trial import Trial

REPEATS = 30


def p95(client: httpx.Client, path: str) -> float:
    """Return the seconds within which 95 % of the answers came, after one that is not counted."""
    client.get(path).raise_for_status()
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        client.get(path).raise_for_status()
        seconds.append(time.perf_counter() - began)
    return sorted(seconds)[int(REPEATS * 0.95)]


@contextmanager
def visitor(plant: Trial, url: str, role: str = Membership.Role.VIEWER) -> Iterator[httpx.Client]:
    """A browser in which a member of the plant is signed in."""
    name, password = plant.organization.slug, secrets.token_urlsafe(12)
    add_member(organization=plant.organization, username=name, password=password, role=role)
    try:
        with httpx.Client(base_url=url, follow_redirects=True, timeout=60) as browser:
            browser.get("/sign-in/").raise_for_status()
            form = {"username": name, "password": password, "next": "/"}
            form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
            browser.post("/sign-in/", data=form).raise_for_status()
            yield browser
    finally:
        User.objects.filter(username=name).delete()
