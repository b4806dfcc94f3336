"""Which model answers, and its object: loaded once a process, and only while its file is as registered.

Import this in workers; a web process asks them (`mlops.asking`).
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from threading import Lock
from types import ModuleType
from typing import Any, NamedTuple

from django.utils import timezone

from mlops import store
from mlops.artifacts import ArtifactRefused, unpack
from mlops.models import ModelVersion
from mlops.predictors import algorithm
from mlops.services import refuse_version
from mlops.store import ArtifactMissing
from mlops.tracking.remote import read_file

logger = logging.getLogger(__name__)

MOST_LOADED = 8
MOST_BYTES = 128 * 1024 * 1024  # of the files that loaded models come from

FileState = ModelVersion.FileState


class FormUnknown(ArtifactRefused):
    """The file is whole, and was written by another version of its algorithm."""


class Loaded(NamedTuple):
    stamp: tuple[int, ...]
    size: int
    model: Any


class Serving(NamedTuple):
    version: ModelVersion
    model: Any


STATES = {ArtifactMissing: FileState.MISSING, FormUnknown: FileState.VERIFIED}

_loaded: OrderedDict[str, Loaded] = OrderedDict()
_lock = Lock()


def champion(organization_id: int, purpose: str, scope: str) -> ModelVersion | None:
    """Return the version that serves; None: there is no model yet, or none that is whole."""
    return _versions(organization_id, purpose, scope).champions().first()


def challenger(organization_id: int, purpose: str, scope: str) -> ModelVersion | None:
    """Return the version that runs in shadow."""
    return _versions(organization_id, purpose, scope).challengers().first()


def _versions(organization_id: int, purpose: str, scope: str) -> Any:
    rows = ModelVersion.objects.select_related("model")
    return rows.filter(model__organization=organization_id, model__purpose=purpose, model__scope=scope)


def serve(organization_id: int, purpose: str, scope: str) -> Serving | None:
    """Return the champion with its model; in place of one whose file is not whole, the one before it."""
    while version := champion(organization_id, purpose, scope):
        try:
            return Serving(version, load(version))
        except ArtifactRefused:
            logger.warning("%s is refused, the version before it serves", version)
    return None


def load(version: ModelVersion) -> Any:
    """Return the version's model.

    Raises:
        ArtifactRefused: its file is not what was registered, or gone; the version is out of use now.
    """
    stamp = store.stamp(version.sha256)
    with _lock:
        known = _loaded.get(version.sha256)
        if known and known.stamp == stamp:
            _loaded.move_to_end(version.sha256)
            return known.model
    try:
        model = _read(version)
    except ArtifactRefused as refusal:
        _refuse(version, refusal)
        raise
    _remember(version, Loaded(stamp, version.size, model))
    return model


def _read(version: ModelVersion) -> Any:
    name, _, number = version.algorithm.partition("/")
    module = _module(name)
    if str(module.VERSION) != number:
        raise FormUnknown(f"It has the form {version.algorithm}, this program reads {module.VERSION}.")
    return module.from_parts(unpack(read_file(version), version.sha256))


def _module(name: str) -> ModuleType:
    try:
        return algorithm(name)
    except LookupError as error:
        raise FormUnknown(f"This program does not know its algorithm {name!r}.") from error


def _refuse(version: ModelVersion, refusal: ArtifactRefused) -> None:
    state = STATES.get(type(refusal), FileState.CHANGED)
    with _lock:
        _loaded.pop(version.sha256, None)
    refuse_version(version=version, file_state=state, reason=str(refusal), at=timezone.now())


def _remember(version: ModelVersion, loaded: Loaded) -> None:
    with _lock:
        _loaded[version.sha256] = loaded
        while len(_loaded) > 1 and _is_too_much():
            _loaded.popitem(last=False)


def _is_too_much() -> bool:
    return len(_loaded) > MOST_LOADED or sum(each.size for each in _loaded.values()) > MOST_BYTES


def forget() -> None:
    """Load everything anew at its next use."""
    with _lock:
        _loaded.clear()
