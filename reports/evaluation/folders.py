"""The recordings below a folder, gzipped or not."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO

GZ = ".gz"


class BadFolder(Exception):
    """What is wrong with the folder or a file in it, in words."""


def recordings(folder: Path, pattern: str = "*.csv") -> Iterator[tuple[Path, str]]:
    """Yield each file of the pattern below the folder, in order, with its relative name without `.gz`.

    Raises:
        BadFolder: there is no such folder, or no such file in it.
    """
    found = sorted([*folder.rglob(pattern), *folder.rglob(pattern + GZ)])
    if not found:
        raise BadFolder(f"There is no {pattern} (or {pattern}{GZ}) below {folder}.")
    for path in found:
        yield path, path.relative_to(folder).as_posix().removesuffix(GZ)


def find(folder: Path, name: str) -> Path:
    """Return the file of this name, gzipped or not.

    Raises:
        BadFolder: neither is there.
    """
    for path in (folder / name, folder / (name + GZ)):
        if path.is_file():
            return path
    raise BadFolder(f"{folder / name} is missing.")


def open_text(path: Path) -> IO[str]:
    """Open the file to read; spreadsheets put a byte order mark before UTF-8."""
    if path.suffix == GZ:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def target(out: Path, name: str) -> Path:
    """Return the path to write to, with its folder made."""
    path = out / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
