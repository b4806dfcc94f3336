from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from smartmaint.accounts.scopes import ROLE_SCOPES, SCOPE_WORDS, SCOPES

HIGHEST_LIMIT = 10_000_000


class User(AbstractUser):
    """A person who signs in. What they may do follows from their membership."""


def a_limit(what: str) -> models.PositiveIntegerField[int | None, int | None]:
    return models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(HIGHEST_LIMIT)],
        help_text=what,
    )


class Organization(models.Model):
    """A tenant. Every other row belongs to exactly one."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    registers_unknown_sensors = models.BooleanField(
        default=True,
        help_text="Register a sensor when its first reading arrives; otherwise reject the reading.",
    )
    readings_per_second = a_limit("All its programs together. Empty: as the installation says.")
    requests_per_second = a_limit("All its programs together. Empty: as the installation says.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    class Role(models.TextChoices):
        VIEWER = "viewer"
        OPERATOR = "operator"
        TECHNICIAN = "technician"
        PLANNER = "planner"
        ADMIN = "admin"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} of {self.organization}"

    @property
    def scopes(self) -> frozenset[str]:
        return ROLE_SCOPES[self.role]


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, at: datetime) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)

    def for_secret(self, secret: str) -> Self:
        return self.filter(digest=ApiToken.digest_of(secret))


class ApiToken(models.Model):
    """A program's key. Only the SHA-256 of the secret is kept; the secret has 256 random bits."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, help_text="The first characters, to tell tokens apart.")
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=32, choices=[(s, s) for s in SCOPES]))
    networks = ArrayField(
        models.CharField(max_length=50),
        default=list,
        blank=True,
        help_text="Source networks in CIDR form, such as 10.1.0.0/16. Empty: any.",
    )
    readings_per_second = a_limit("Empty: as the installation says.")
    requests_per_second = a_limit("Empty: as the installation says.")
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @property
    def permissions(self) -> list[str]:
        """What it may do, in words; a scope that nobody knows any more keeps its name."""
        if set(SCOPES) <= set(self.scopes):
            return ["everything"]
        return [SCOPE_WORDS.get(scope, scope) for scope in self.scopes]

    def allows_address(self, address: str) -> bool:
        if not self.networks:
            return True
        source = ipaddress.ip_address(address)
        return any(source in ipaddress.ip_network(network, strict=False) for network in self.networks)
