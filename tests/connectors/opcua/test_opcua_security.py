from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asyncua import ua
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from sensors.connectors.opcua_requests import words_of
from sensors.connectors.opcua_security import Untrusted, check_trust, own_identity
from sensors.models import ConnectorStatus, Reading
from tests.connectors.certificates import Authority
from tests.connectors.conftest import ask, connected, soon
from tests.connectors.opcua.conftest import come
from tests.connectors.opcua.press import URI, make_identity, press_entry

pytestmark = pytest.mark.xdist_group("opcua")
NOW = datetime.now(UTC) + timedelta(hours=1)  # certificates are made after this line
SECURE = {"security": "Basic256Sha256", "username": "reader", "password": "secret"}


@pytest.fixture
def trusted(press, data_folder) -> Path:
    """The press is trusted."""
    folder = data_folder / "opcua" / "trusted"
    folder.mkdir(parents=True)
    return Path(shutil.copy(press.identity[0], folder))


async def last_error(words: str) -> ConnectorStatus:
    return await soon(ConnectorStatus.objects.filter(last_error__contains=words).first)


def load(path: Path | str) -> x509.Certificate:
    content = Path(path).read_bytes()
    read = x509.load_pem_x509_certificate if b"BEGIN" in content else x509.load_der_x509_certificate
    return read(content)


@pytest.mark.usefixtures("threads", "organization", "trusted")
async def test_values_come_encrypted_from_a_trusted_server_with_a_password(press, data_folder):
    async with connected(press_entry(press, **SECURE)):
        await come("PRESS-1.force", 10.0)
    key = data_folder / "opcua" / "own" / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    assert load(data_folder / "opcua" / "own" / "certificate.der").not_valid_after_utc > NOW + timedelta(3600)


@pytest.mark.usefixtures("threads", "organization")
async def test_an_unknown_server_is_refused_until_a_person_trusts_it(press, data_folder):
    listened = press_entry(press, **SECURE)
    async with connected(listened, wanted="waiting"):
        row = await last_error("is not trusted")
        kept = next((data_folder / "opcua" / "refused").iterdir())
        assert load(press.identity[0]).fingerprint(hashes.SHA256()).hex() in row.last_error
        assert row.last_error.endswith(f"copy {kept} to ../trusted.")
        assert not await ask(Reading.objects.exists)
        shutil.copy(kept, data_folder / "opcua" / "trusted")
        await come("PRESS-1.force", 10.0)


@pytest.mark.usefixtures("threads", "organization", "trusted")
@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"username": "writer"}])
async def test_wrong_credentials_are_told_and_give_nothing(press, wrong):
    async with connected(press_entry(press, **SECURE | wrong), wanted="waiting"):
        row = await last_error("refuses the user name or the password")
    assert "guess" not in row.last_error
    assert not await ask(Reading.objects.exists)


@pytest.mark.usefixtures("threads", "organization")
async def test_a_server_that_is_not_there_is_told(press):
    await press.stop()
    async with connected(press_entry(press), wanted="waiting"):
        row = await soon(ConnectorStatus.objects.exclude(last_error="").first)
    assert "Connect call failed" in row.last_error


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


class Nowhere:
    address = "opc.tcp://127.0.0.1:1"


def trust(press_certificate: Path | str, uri: str = URI, at: datetime = NOW, **changes: object) -> None:
    check_trust(press_entry(Nowhere, **changes), load(press_certificate), uri, at)


def test_a_pinned_certificate_is_trusted_and_no_other(tmp_path):
    pinned, _ = make_identity(tmp_path / "a")
    other, _ = make_identity(tmp_path / "b")
    trust(pinned, trusted=str(pinned))
    with pytest.raises(Untrusted, match="is not trusted"):
        trust(other, trusted=str(pinned))


def test_a_certificate_that_has_run_out_is_refused(tmp_path):
    certificate, _ = make_identity(tmp_path, days=30)
    trust(certificate, trusted=str(tmp_path))
    with pytest.raises(Untrusted, match="valid from"):
        trust(certificate, trusted=str(tmp_path), at=NOW + timedelta(days=31))


def test_a_certificate_of_another_application_is_refused(tmp_path):
    certificate, _ = make_identity(tmp_path, uri="urn:another")
    with pytest.raises(Untrusted, match=r"urn:test:press, and its certificate .* says otherwise"):
        trust(certificate, trusted=str(tmp_path))


def test_a_trusted_authority_vouches_for_what_it_signed(tmp_path):
    signer, stranger = (Authority(_made(tmp_path / name)) for name in ("signer", "stranger"))
    certificate, _ = signer.issue("press", uri=URI)
    trust(certificate, ca=signer.certificate)
    with pytest.raises(Untrusted, match="is not trusted"):
        trust(certificate, ca=stranger.certificate)


def test_a_server_that_does_not_trust_us_says_where_our_certificate_is(data_folder):
    entry = press_entry(Nowhere, **SECURE)
    words = words_of(ua.uaerrors.BadSecurityChecksFailed(), entry)
    assert f"let it trust {own_identity(entry).path}" in words
    assert "does not answer" in words_of(TimeoutError(), entry)
    assert "BadTooManySessions" in words_of(ua.uaerrors.BadTooManySessions(), entry)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "a", "password": "b"}, "plain_password"),
        ({"nodes": ()}, "no variable"),
        ({"trusted": "/nowhere/at/all"}, "neither a file nor a folder"),
        ({"certificate": "/nowhere.pem"}, "come together"),
        ({"organization": ""}, "organization"),
    ],
)
def test_an_entry_that_cannot_work_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        press_entry(Nowhere, **changes)
