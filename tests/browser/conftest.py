"""Real browsers on the real application: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.anomalies.conftest import LiveServer, running_server, server  # noqa: F401  (fixtures)
from tests.conftest import signed_in
from tests.pages.conftest import plant  # noqa: F401

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = Path(__file__).resolve().parents[2] / "test-results"
LONGEST_WAIT = 60_000  # ms
expect.set_options(timeout=LONGEST_WAIT)
SIZES = {"phone": (390, 844), "desk": (1440, 900), "wall": (1920, 1080)}

OpenPage = Callable[..., Page]


def elsewhere(function: Callable[..., Any], *args: Any, **values: Any) -> Any:
    """Call the function in a thread of its own, as a worker would: this thread has Playwright's loop."""

    def call() -> Any:
        try:
            return function(*args, **values)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result(120)


@pytest.fixture(scope="package")
def chromium(django_db_setup: None) -> Iterator[Browser]:
    """One browser for all tests here. Playwright keeps an event loop in this thread until it stops, which
    Django would take for a reason to refuse the database, and which tests elsewhere must not meet."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


# A newer request took its place; failures have other names.
REPLACED = ("htmx:sendAbort", "htmx:afterRequest")


@pytest.fixture
def complaints() -> list[str]:
    """What the pages' consoles complained about."""
    return []


def complaints_in(said: ConsoleMessage) -> list[str]:
    return [said.text] if said.type == "error" and not said.text.startswith(REPLACED) else []


@pytest.fixture
def open_page(
    chromium: Browser,
    server: LiveServer,  # noqa: F811
    complaints: list[str],
) -> Iterator[OpenPage]:
    """Open an address in a browser of its own: `open_page(user, "/alerts/", size="phone")`."""
    contexts = []

    def open_(user: Any, address: str, *, size: str = "desk", live: bool = True, **options: Any) -> Page:
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(LONGEST_WAIT)
        contexts.append(context)
        session = signed_in(user).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": f"http://{server.address}"}])
        page = context.new_page()
        page.on("console", lambda said: complaints.extend(complaints_in(said)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if not live:
            page.route_web_socket("**/ws/alerts/", lambda socket: socket.close(code=1013))
        page.goto(f"http://{server.address}{address}")
        if live:
            page.wait_for_selector('#live[data-state="live"]')
        return page

    yield open_
    for context in contexts:
        context.close()
