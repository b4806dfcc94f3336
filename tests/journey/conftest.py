from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sensors.models import Asset
from tests.emptying import empty_tables
from tests.journey import plant


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Asset]:
    """The pump and what was learnt of it: committed once for all cases of a module, taken away after them."""
    with django_db_blocker.unblock():
        try:
            yield plant.build()
        finally:
            empty_tables()


@pytest.fixture
def pump(built: Asset, db: Any) -> Asset:
    """The same pump, for one case: whatever happens to it is undone."""
    return Asset.objects.select_related("site__organization").get(pk=built.pk)
