"""The first organization, its sign-ins and its token, and the file that tells of them."""

from __future__ import annotations

import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from smartmaint.accounts.models import Membership, Organization
from smartmaint.accounts.scopes import SCOPES
from smartmaint.accounts.services import add_member, create_organization, create_token, revoke_token

SLUG = "demo"
TOKEN_NAME = "first token"  # noqa: S105


class CredentialsUnreadable(RuntimeError):
    """credentials.json is there and cannot be understood."""


def ensure_credentials(*, data_dir: Path, url: str, api_url: str, at: datetime) -> dict[str, Any]:
    """Return what credentials.json says, with the addresses as they are now (`url` is for people, `api_url`
    for machines); make sign-ins and token at first use.

    A lost file brings new passwords and a new token: the old ones are kept nowhere in clear.

    Raises:
        CredentialsUnreadable: the file is broken.
    """
    path = data_dir / "credentials.json"
    known = _read(path)
    if known is None or not Organization.objects.filter(slug=known["organization"]).exists():
        known = make_first_organization(at=at)
    credentials = {"url": url, "api_url": api_url, **known}
    _write(path, credentials)
    return credentials


def _read(path: Path) -> dict[str, Any] | None:
    try:
        known = json.loads(path.read_text())
        return {name: known[name] for name in ("organization", "users", "token")}
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError) as error:
        raise CredentialsUnreadable(f"{path} is broken: delete it to get new sign-ins.") from error


def _write(path: Path, credentials: dict[str, Any]) -> None:
    """Replace the file whole, readable by its owner only."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(credentials, file, indent=2)
    unfinished.replace(path)


@transaction.atomic
def make_first_organization(*, at: datetime) -> dict[str, Any]:
    """Make the organization `demo`, a member of each role and a full-scope token; or give them new keys."""
    organization = Organization.objects.filter(slug=SLUG).first() or create_organization(
        slug=SLUG, name="Demo plant", at=at
    )
    users = [_sign_in(organization, role) for role in reversed(Membership.Role.values)]
    for old in organization.tokens.usable(at).filter(name=TOKEN_NAME):
        revoke_token(token=old, at=at)
    _, secret = create_token(organization=organization, name=TOKEN_NAME, scopes=SCOPES)
    return {"organization": organization.slug, "users": users, "token": secret}


def _sign_in(organization: Organization, role: str) -> dict[str, str]:
    """Make the member called like the role, or give them a new password."""
    password = secrets.token_urlsafe(9)
    member = organization.memberships.filter(user__username=role).select_related("user").first()
    if member is None:
        add_member(organization=organization, username=role, password=password, role=role)
    else:
        member.user.set_password(password)
        member.user.save(update_fields=["password"])
    return {"username": role, "password": password, "role": role}
