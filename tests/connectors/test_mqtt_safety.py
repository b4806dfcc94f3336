from __future__ import annotations

import logging
import subprocess
from dataclasses import dataclass

import pytest

from sensors.models import ConnectorStatus, Reading
from tests.connectors.brokers import MOSQUITTO, Broker
from tests.connectors.certificates import Authority
from tests.connectors.conftest import ask, connected, entry, soon

pytestmark = pytest.mark.usefixtures("threads", "organization")


def slugs() -> list[str]:
    return list(Reading.objects.values_list("sensor__organization__slug", flat=True).distinct())


@pytest.fixture
def secured(tmp_path):
    """A broker that wants a certificate of our authority from whoever comes."""
    authority = Authority(tmp_path)
    certificate, key = authority.issue("broker")
    running = Broker(
        tmp_path,
        (
            f"cafile {authority.certificate}",
            f"certfile {certificate}",
            f"keyfile {key}",
            "require_certificate true",
            "allow_anonymous true",
        ),
    ).start()
    yield Secured(authority, running, f"mqtts://127.0.0.1:{running.port}")
    running.stop()


@dataclass
class Secured:
    authority: Authority
    broker: Broker
    address: str


async def test_a_connection_is_encrypted_and_both_sides_show_certificates(secured):
    certificate, key = secured.authority.issue("machines")
    known = {"ca": secured.authority.certificate, "certificate": certificate, "key": key}
    async with connected(entry(address=secured.address, **known)):
        assert (await ask(ConnectorStatus.objects.get)).address.startswith("mqtts://")


async def test_a_broker_that_an_unknown_authority_vouches_for_is_not_trusted(secured, tmp_path):
    (tmp_path / "stranger").mkdir()
    stranger = Authority(tmp_path / "stranger")
    with pytest.raises(TimeoutError):
        async with connected(entry(address=secured.address, ca=stranger.certificate), within=1):
            pass
    row = await ask(ConnectorStatus.objects.get)
    assert "certificate verify failed" in row.last_error


@pytest.fixture
def locked(tmp_path):
    """A broker that lets `machines` in with the password `right`."""
    passwords = tmp_path / "passwords"
    tool = MOSQUITTO.replace("sbin", "bin") + "_passwd"
    subprocess.run([tool, "-b", "-c", str(passwords), "machines", "right"], check=True, capture_output=True)
    running = Broker(tmp_path, ("allow_anonymous false", f"password_file {passwords}")).start()
    yield running
    running.stop()


async def test_a_wrong_password_is_told_in_status_and_log_and_the_right_one_lets_in(locked, caplog):
    caplog.set_level(logging.WARNING)
    wrong = entry(address=locked.address, username="machines", password="wrong")
    with pytest.raises(TimeoutError):
        async with connected(wrong, within=1):
            pass
    row = await ask(ConnectorStatus.objects.get)
    assert row.last_error == "the broker says: Not authorized"
    assert "mqtt line: the broker says: Not authorized" in caplog.text
    assert "wrong" not in caplog.text
    async with connected(entry(address=locked.address, username="machines", password="right")):
        pass


async def test_a_topic_writes_into_no_organization_that_the_entry_does_not_name(
    broker, organization, other_organization
):
    shared = entry(
        address=broker.address,
        organization="",
        organizations=("acme",),
        topic="{organization}/{asset}/{sensor}",
    )
    async with connected(shared):
        await broker.send(("rival/P-1/flow", "1"), ("acme/P-1/flow", "2"))
        await soon(Reading.objects.exists)
        await soon(ConnectorStatus.objects.filter(last_error__contains="names an organization").exists)
    assert await ask(slugs) == ["acme"]


async def test_a_topic_writes_into_each_organization_that_the_entry_names(
    broker, organization, other_organization
):
    shared = entry(
        address=broker.address,
        organization="",
        organizations=("acme", "rival"),
        topic="{organization}/{asset}/{sensor}",
    )
    async with connected(shared):
        await broker.send(("rival/P-1/flow", "1"), ("acme/P-1/flow", "2"))
        await soon(lambda: sorted(slugs()) == ["acme", "rival"])
        counts = ConnectorStatus.objects.filter(accepted=1).values_list("organization__slug", flat=True)
        await soon(lambda: sorted(counts.all()) == ["acme", "rival"])
