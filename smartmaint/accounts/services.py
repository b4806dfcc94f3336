"""Organizations, their members and their tokens: every change to them."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from smartmaint.accounts.models import ApiToken, Membership, Organization, User
from smartmaint.accounts.scopes import SCOPES

SECRET_PREFIX = "smt_"  # noqa: S105  (so that a leaked token is recognised, by people and by scanners)
SHOWN_CHARACTERS = 12
LIMITED = ("readings_per_second", "requests_per_second")
STAFF_ROLES = (Membership.Role.ADMIN, Membership.Role.PLANNER)


@transaction.atomic
def create_organization(*, slug: str, name: str, at: datetime) -> Organization:
    """Found a tenant.

    Raises:
        ValidationError: the slug is taken or is none.
    """
    organization = Organization(slug=slug, name=name, created_at=at)
    organization.full_clean()
    organization.save()
    return organization


@transaction.atomic
def configure_organization(
    *,
    organization: Organization,
    name: str,
    registers_unknown_sensors: bool,
    readings_per_second: int | None = None,
    requests_per_second: int | None = None,
) -> Organization:
    """Change what the organization is called and how its programs may send; no limit: the installation's.

    Raises:
        ValidationError: there is no name, or a limit is not 1 or more.
    """
    organization.name = name
    organization.registers_unknown_sensors = registers_unknown_sensors
    organization.readings_per_second = readings_per_second
    organization.requests_per_second = requests_per_second
    organization.full_clean()
    organization.save(update_fields=["name", "registers_unknown_sensors", *LIMITED])
    return organization


@transaction.atomic
def add_member(
    *, organization: Organization, username: str, password: str | None, role: str, email: str = ""
) -> Membership:
    """Make a person a member. Without a password, one who has an account already.

    How strong a password must be is asked where people choose one.

    Raises:
        ValidationError: the username is taken (with a password) or unknown (without one), the role is
            unknown, or the person is a member already.
    """
    user = _known_user(username) if password is None else _new_user(username, password, email)
    membership = Membership(organization=organization, user=user, role=role)
    membership.full_clean()
    membership.save()
    _let_into_admin(user)
    return membership


def _known_user(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise ValidationError({"username": f"Nobody is called {username}."})
    return user


def _new_user(username: str, password: str, email: str) -> User:
    user = User(username=username, email=email)
    user.set_password(password)
    user.full_clean()
    user.save()
    return user


@transaction.atomic
def change_role(*, membership: Membership, role: str) -> Membership:
    """Give a member another role.

    Raises:
        ValidationError: the role is unknown, or nobody would be left to administer the organization.
    """
    _keep_an_admin(membership, role)
    membership.role = role
    membership.full_clean()
    membership.save(update_fields=["role"])
    _let_into_admin(membership.user)
    return membership


@transaction.atomic
def remove_member(*, membership: Membership) -> None:
    """End a membership; the person's account stays.

    Raises:
        ValidationError: nobody would be left to administer the organization.
    """
    _keep_an_admin(membership, None)
    membership.delete()
    _let_into_admin(membership.user)


def _keep_an_admin(membership: Membership, role: str | None) -> None:
    Organization.objects.select_for_update().get(pk=membership.organization_id)
    others = Membership.objects.filter(organization=membership.organization, role=Membership.Role.ADMIN)
    if role != Membership.Role.ADMIN and not others.exclude(pk=membership.pk).exists():
        raise ValidationError({"role": "The organization needs at least one administrator."})


def _let_into_admin(user: User) -> None:
    user.is_staff = user.memberships.filter(role__in=STAFF_ROLES).exists()
    user.save(update_fields=["is_staff"])


@transaction.atomic
def create_token(
    *,
    organization: Organization,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    networks: Sequence[str] = (),
    created_by: User | None = None,
    **limits: int | None,
) -> tuple[ApiToken, str]:
    """Return the token and its secret, which is kept nowhere. Limits: those of `LIMITED`.

    Raises:
        ValidationError: no scope, an unknown scope, a network that is none, or a limit that is not 1 or more.
    """
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        organization=organization,
        name=name,
        prefix=secret[:SHOWN_CHARACTERS],
        digest=ApiToken.digest_of(secret),
        scopes=_known_scopes(scopes),
        networks=[_network(text) for text in networks],
        expires_at=expires_at,
        created_by=created_by,
        **limits,
    )
    token.full_clean()
    token.save()
    return token, secret


def _known_scopes(scopes: Sequence[str]) -> list[str]:
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        reason = f"Unknown: {', '.join(unknown)}." if unknown else "Name at least one scope."
        raise ValidationError({"scopes": f"{reason} Known are {', '.join(SCOPES)}."})
    return [scope for scope in SCOPES if scope in scopes]


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise ValidationError({"networks": f"{text} is no network, such as 10.1.0.0/16."}) from None


@transaction.atomic
def revoke_token(*, token: ApiToken, at: datetime) -> ApiToken:
    """End a token for good. Revoking it again changes nothing."""
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
    return token


@transaction.atomic
def limit_token(
    *, token: ApiToken, readings_per_second: int | None, requests_per_second: int | None
) -> ApiToken:
    """Change how much a program may send; None: as the installation says. It counts within seconds.

    Raises:
        ValidationError: a limit is not 1 or more.
    """
    token.readings_per_second = readings_per_second
    token.requests_per_second = requests_per_second
    token.full_clean()
    token.save(update_fields=LIMITED)
    return token
