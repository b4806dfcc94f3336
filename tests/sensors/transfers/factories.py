from __future__ import annotations

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from sensors.models import Import
from tests.accounts.factories import OrganizationFactory


class ImportFactory(DjangoModelFactory):
    """A row without its file; tests that need both send a file."""

    class Meta:
        model = Import

    organization = factory.SubFactory(OrganizationFactory)
    name = "history.csv"
    kind = Import.Kind.CSV
    size = 70
    sha256 = "0" * 64
    owner = "token gateway"
    preview = factory.LazyFunction(
        lambda: {
            "delimiter": ",",
            "encoding": "utf-8",
            "columns": ["sensor", "timestamp", "value"],
            "rows": [["P-1.vibration", "2026-03-02T12:00:00Z", "2.5"]],
        }
    )
    created_at = factory.LazyFunction(lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))
