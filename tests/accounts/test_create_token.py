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


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--organization", "nobody", "--name", "g", "--scopes", "admin"], "no organization nobody"),
        (["--organization", "acme", "--name", "g", "--scopes", "root"], "Unknown: root"),
        (["--organization", "acme", "--name", "g", "--scopes", ","], "at least one scope"),
        (["--organization", "acme", "--name", "g", "--scopes", "admin", "--expires-days", "0"], "1 or more"),
    ],
)
def test_it_says_what_is_wrong(organization, arguments, reason):
    with pytest.raises(CommandError, match=reason):
        run(*arguments)
