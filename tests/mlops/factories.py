"""Models and versions without a file, for tests that look at rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import factory

from mlops.models import Model, ModelVersion, TrainingTable
from tests.accounts.factories import OrganizationFactory

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class ModelFactory(factory.django.DjangoModelFactory[Model]):
    class Meta:
        model = Model

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda number: f"failure-{number}")
    purpose = "failure"
    scope = factory.Sequence(lambda number: f"asset:{900000 + number}")
    created_at = AT


class VersionFactory(factory.django.DjangoModelFactory[ModelVersion]):
    class Meta:
        model = ModelVersion

    model: Any = factory.SubFactory(ModelFactory)
    number = 1
    algorithm = "line/1"
    created_at = AT
    actor = "test"


class TableFactory(factory.django.DjangoModelFactory[TrainingTable]):
    """A table that was looked at and waits for its target; without a file."""

    class Meta:
        model = TrainingTable

    organization = factory.SubFactory(OrganizationFactory)
    scope = "table:presses"
    name = "presses.csv"
    sha256 = "e" * 64
    rows = 300
    columns = factory.LazyFunction(lambda: [column("force"), column("broken", label=True)])
    given_at = AT
    actor = "test"


def column(name: str, **more: Any) -> dict[str, Any]:
    """Return a column as `mlops.tables.looking` sees it."""
    seen = {
        "kind": "number",
        "different": 2,
        "examples": ["0", "1"],
        "label": False,
        "problem": "",
        "doubt": "",
    }
    return {"name": name, **seen, **more}
