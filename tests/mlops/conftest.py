"""Models of a small algorithm, in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mlops import datasets, serving
from mlops.artifacts import pack
from mlops.datasets import Dataset, NotEnough
from mlops.models import ModelVersion
from mlops.predictors import ALGORITHMS
from mlops.services import Draft, promote_version, register_version
from smartmaint.accounts.models import Organization
from tests.mlops import line

Prepare = Callable[[Dataset | NotEnough | Exception], None]


@pytest.fixture
def lines(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Prepare]:
    """Let lines be trained for forecasts; `lines(points(2.0))` says what the next training finds."""
    settings.MODELS_DIR = tmp_path / "models"
    monkeypatch.setitem(ALGORITHMS, line.NAME, line.__name__)
    found: list[Any] = [NotEnough("There is nothing yet.")]

    def build(organization_id: int, scope: str, at: Any) -> Dataset | NotEnough:
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    monkeypatch.setitem(datasets._builders, line.PURPOSE, build)
    serving.forget()
    yield lambda dataset: found.__setitem__(0, dataset)
    serving.forget()


@pytest.fixture
def version(lines: Prepare, organization: Organization) -> Callable[..., ModelVersion]:
    """Make versions: `version(2.0)` has the slope 2; each is promoted unless told otherwise."""

    def make(slope: float, *, promoted: bool = True) -> ModelVersion:
        draft = Draft(algorithm="line/1", artifact=pack(line.to_parts(line.Line(slope, 0.0))))
        new = register_version(
            organization_id=organization.pk,
            purpose=line.PURPOSE,
            scope=line.SCOPE,
            draft=draft,
            at=line.AT,
            by="test",
        )
        return promote_version(version=new, at=line.AT, by="test") if promoted else new

    return make
