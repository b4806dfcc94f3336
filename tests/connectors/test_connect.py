from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from sensors.models import ConnectorStatus
from smartmaint.embedded import processes

FILE = """
[[mqtt]]
name = "line-1"
address = "mqtt://broker.example"
organization = "acme"
topic = "plants/{asset}/{sensor}"
password = "hush"

[[mqtt]]
name = "line-2"
address = "mqtt://broker.example"
organization = "acme"
topic = "plants/{asset}/{sensor}"

[[sparkplug]]
name = "cells"
address = "mqtt://broker.example"
organization = "acme"
"""


@pytest.fixture
def file(settings, tmp_path):
    settings.CONNECTORS_FILE = str(tmp_path / "connectors.toml")
    (tmp_path / "connectors.toml").write_text(FILE)
    return tmp_path / "connectors.toml"


def check(*arguments: str) -> str:
    out = StringIO()
    call_command("connect", *arguments, "--check", stdout=out)
    return out.getvalue()


def test_check_says_what_each_entry_would_do_and_keeps_its_secrets(file, organization):
    said = check()
    assert "listens to plants/+/+ at mqtt://broker.example, for acme" in said
    assert "listens to edge nodes of all groups" in said
    assert "The file is in order: 3 entries." in said
    assert "hush" not in said


def test_check_may_look_at_one_entry_or_kind(file, organization):
    assert "1 entries" in check("line-2")
    assert "2 entries" in check("--kind", "mqtt")
    with pytest.raises(CommandError, match=r"no such entry. It has: line-1 \(mqtt\)"):
        check("line-3")


def test_check_misses_an_organization_that_is_not_there(file, db):
    with pytest.raises(CommandError, match="There is no organization acme"):
        check()


def test_a_broken_file_or_none_is_an_error(file, settings):
    file.write_text(FILE.replace("{sensor}", "{sensor"))
    with pytest.raises(CommandError, match="a brace that belongs to no placeholder"):
        check()
    settings.CONNECTORS_FILE = ""
    with pytest.raises(CommandError, match="SMARTMAINT_CONNECTORS names no file"):
        check()


def test_up_starts_a_process_for_each_kind_and_none_without_a_file(file, settings):
    kept = processes.connectors()
    assert [each.name for each in kept] == ["connector-mqtt", "connector-sparkplug"]
    assert kept[0].command[-3:] == ["connect", "--kind", "mqtt"]
    settings.CONNECTORS_FILE = ""
    assert processes.connectors() == []


def status(organization, **values: object) -> ConnectorStatus:
    at = timezone.now()
    known = {"name": "line-1", "kind": "mqtt", "address": "mqtt://h", "state": "connected"}
    return ConnectorStatus.objects.create(
        organization=organization, **{**known, "since": at, "seen_at": at, **values}
    )


def test_the_system_page_shows_how_a_connector_is_doing(viewer, organization):
    status(organization, message_count=1234, accepted=1200, rejected=4, rate=12.5, last_error="refused")
    page = viewer.get("/system/?part=connectors", headers={"HX-Request": "true"}).content.decode()
    for words in ("line-1", "connected", "1,234", "12.5 a second", "1,200 stored", "4 refused", "refused"):
        assert words in page
    assert "<html" not in page


def test_the_system_page_tells_when_a_connector_s_process_is_gone(viewer, organization):
    status(organization, seen_at=timezone.now() - timedelta(minutes=1))
    assert "no sign of life" in viewer.get("/system/").content.decode()


def test_the_system_page_shows_no_other_organization_s_connectors(outsider, organization):
    status(organization)
    assert "line-1" not in outsider.get("/system/").content.decode()
