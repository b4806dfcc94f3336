"""Who is asking: one notion for people with a session and programs with a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from smartmaint.accounts.models import ApiToken, Membership, Organization, User


class PageRequest(HttpRequest):
    """A request behind `@page`: somebody is signed in, and a member."""

    caller: Caller
    htmx: HtmxDetails


@dataclass(frozen=True)
class Caller:
    """The asking side of a request. Every queryset that the request uses starts from `organization`."""

    organization: Organization
    scopes: frozenset[str]
    name: str
    user: User | None = None
    token: ApiToken | None = None

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def other_organizations(self) -> QuerySet[Organization]:
        """Return the organizations that the person may switch to."""
        if self.user is None:
            return Organization.objects.none()
        others = Organization.objects.filter(memberships__user=self.user)
        return others.exclude(pk=self.organization.pk).order_by("name")

    @classmethod
    def of_membership(cls, membership: Membership) -> Caller:
        user = membership.user
        return cls(
            membership.organization, membership.scopes, user.get_full_name() or user.username, user=user
        )

    @classmethod
    def of_token(cls, token: ApiToken) -> Caller:
        return cls(token.organization, frozenset(token.scopes), f"token {token.name}", token=token)


def caller_of(request: Any) -> Caller:
    """Return the caller that authentication found (DRF and plain requests alike).

    Raises:
        LookupError: the view is open to anonymous requests and this one is anonymous.
    """
    caller = getattr(getattr(request, "_request", request), "caller", None)
    if caller is None:
        raise LookupError("this request has no caller")
    return caller
