"""Where models' files lie: a folder, each file under its own SHA-256, written whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

from mlops.artifacts import MOST_BYTES, ArtifactRefused, digest

SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class ArtifactMissing(ArtifactRefused):
    """The file is not there, or cannot be read."""


def path_of(sha256: str) -> Path:
    """Return where the file lies, or would.

    Raises:
        ArtifactRefused: this is no SHA-256.
    """
    if not SHA256.match(sha256):
        raise ArtifactRefused(f"{sha256!r} is no SHA-256.")
    return Path(settings.MODELS_DIR) / sha256


def keep(data: bytes) -> str:
    """Write the file (mode 0600, on the disk when this returns) and return its SHA-256."""
    path = path_of(digest(data))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    _settle(path.parent)
    return path.name


def _settle(folder: Path) -> None:
    """Let the new name outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(sha256: str) -> bytes:
    """Return the file's bytes, checked.

    Raises:
        ArtifactMissing: there is none.
        ArtifactRefused: they are not those that were registered.
    """
    try:
        with path_of(sha256).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ArtifactMissing(f"Its file cannot be read: {error.strerror}.") from error
    if digest(data) != sha256:
        raise ArtifactRefused(
            f"Its file has the SHA-256 {digest(data)[:12]}…, registered was {sha256[:12]}…."
        )
    return data


def drop(sha256: str) -> bool:
    """Remove the file; return whether there was one."""
    try:
        path_of(sha256).unlink()
    except FileNotFoundError:
        return False
    return True


def stamp(sha256: str) -> tuple[int, ...]:
    """Return what changes when somebody touches the file; empty where there is none."""
    try:
        seen = path_of(sha256).stat()
    except OSError:
        return ()
    return seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
