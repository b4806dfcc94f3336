from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from smartmaint.accounts.models import ApiToken


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("create_token", *arguments, stdout=out)
    return out.getvalue()


def test_it_prints_the_token_alone(organization):
    printed = run("--organization", "acme", "--name", "gateway", "--scopes", "data:ingest,data:read")
    token = ApiToken.objects.for_secret(printed.strip()).get()
    assert printed.count("\n") == 1
    assert token.scopes == ["data:ingest", "data:read"]
    assert token.organization == organization


def test_it_keeps_the_secret_nowhere(organization):
    secret = run("--organization", "acme", "--name", "gateway", "--scopes", "admin").strip()
    row = ApiToken.objects.values().get()
    assert all(secret not in str(value) for value in row.values())


def test_it_lets_the_token_expire(organization):
    run("--organization", "acme", "--name", "g", "--scopes", "admin", "--expires-days", "90")
    token = ApiToken.objects.get()
    assert (token.expires_at - token.created_at).days in {89, 90}


def test_it_limits_what_the_token_may_send(organization):
    limits = ["--readings-per-second", "1000", "--requests-per-second", "20"]
    run("--organization", "acme", "--name", "g", "--scopes", "data:ingest", *limits)
    token = ApiToken.objects.get()
    assert (token.readings_per_second, token.requests_per_second) == (1000, 20)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--organization", "nobody", "--name", "g", "--scopes", "admin"], "no organization nobody"),
        (["--organization", "acme", "--name", "g", "--scopes", "root"], "Unknown: root"),
        (["--organization", "acme", "--name", "g", "--scopes", ","], "at least one scope"),
        (["--organization", "acme", "--name", "g", "--scopes", "admin", "--expires-days", "0"], "1 or more"),
        (
            ["--organization", "acme", "--name", "g", "--scopes", "admin", "--requests-per-second", "0"],
            "requests_per_second: .* greater than or equal to 1",
        ),
    ],
)
def test_it_says_what_is_wrong(organization, arguments, reason):
    with pytest.raises(CommandError, match=reason):
        run(*arguments)
