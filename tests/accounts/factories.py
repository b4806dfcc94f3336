from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from smartmaint.accounts.models import ApiToken, Membership, Organization, User
from smartmaint.accounts.scopes import SCOPES

PASSWORD = "correct horse battery staple"


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = Organization

    slug = factory.Sequence(lambda n: f"organization-{n}")
    name = factory.LazyAttribute(lambda organization: organization.slug.replace("-", " ").title())
    registers_unknown_sensors = True


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password(PASSWORD)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    role = Membership.Role.OPERATOR
    user = factory.SubFactory(
        UserFactory, is_staff=factory.LazyAttribute(lambda u: u.factory_parent.role in {"admin", "planner"})
    )


class ApiTokenFactory(DjangoModelFactory):
    """A token whose secret is its `secret` parameter."""

    class Meta:
        model = ApiToken

    class Params:
        secret = factory.Sequence(lambda n: f"smt_secret-{n}")

    organization = factory.SubFactory(OrganizationFactory)
    name = "gateway"
    prefix = factory.LazyAttribute(lambda token: token.secret[:12])
    digest = factory.LazyAttribute(lambda token: ApiToken.digest_of(token.secret))
    scopes = factory.LazyFunction(lambda: list(SCOPES))
    networks = factory.LazyFunction(list)
