"""Uploaded files: to disk in pieces, never whole in memory, never below what the web serves.

A file lies in `IMPORT_DIR/<organization>/<folder>/`: `source` as it came and, where that cannot be read from
any place on (gzip, UTF-16, Parquet), `table` as plain CSV. Every web process and worker must see the folder.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import os
import shutil
import uuid
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from django.conf import settings

from sensors.models import Import
from sensors.transfers.tables import HEAD_BYTES, LONGEST_LINE, Table, Unreadable, describe_table
from smartmaint.accounts.models import Organization
from smartmaint.accounts.parsers import PayloadTooLarge

PIECE = 256 * 1024
BROKEN_GZIP = (gzip.BadGzipFile, EOFError, zlib.error)
Kind = Import.Kind


@dataclass(frozen=True)
class Upload:
    """A file that is safe on disk, and what it is made of."""

    folder: uuid.UUID
    kind: str
    size: int
    sha256: str
    table: Table


def folder_of(organization_id: int, folder: uuid.UUID) -> Path:
    """Return where an import's files are; only names that we chose are in the path."""
    return Path(settings.IMPORT_DIR) / str(organization_id) / folder.hex


def save_upload(*, organization: Organization, pieces: Iterable[bytes]) -> Upload:
    """Write the pieces to a folder of their own and look into them; on any trouble nothing is left.

    Raises:
        PayloadTooLarge: there are more than IMPORT_MOST_BYTES.
        Unreadable: this is no CSV, CSV.gz or Parquet.
    """
    folder = uuid.uuid4()
    path = folder_of(organization.pk, folder)
    path.mkdir(parents=True, mode=0o700)
    try:
        size, digest = _write(path / "source", pieces)
        kind, table = look_into(path / "source")
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    return Upload(folder, kind, size, digest, table)


def _write(path: Path, pieces: Iterable[bytes]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with path.open("xb") as file:
        for piece in pieces:
            size += len(piece)
            if size > settings.IMPORT_MOST_BYTES:
                raise PayloadTooLarge(f"A file may have up to {settings.IMPORT_MOST_BYTES:,} bytes. Part it.")
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def look_into(source: Path) -> tuple[str, Table]:
    """Return kind and table of a file, by its content: names say little.

    Raises:
        Unreadable: it is none that we can read.
    """
    with source.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(b"PAR1"):
        from sensors.transfers.parquet import describe_parquet  # pyarrow: only where there is one

        return Kind.PARQUET, describe_parquet(source)
    if not head.startswith(b"\x1f\x8b"):
        return Kind.CSV, describe_table(head)
    try:
        with gzip.open(source) as unpacked:
            return Kind.CSV_GZ, describe_table(unpacked.read(HEAD_BYTES))
    except BROKEN_GZIP as error:
        raise Unreadable(f"The gzip cannot be unpacked: {error}.") from None


def path_of(job: Import) -> Path:
    return folder_of(job.organization_id, job.folder)


@dataclass(frozen=True)
class Start:
    """Where the rows of a table begin: bytes, lines before, and the bytes of the whole."""

    position: int
    line: int
    size: int


def open_table(job: Import) -> BinaryIO:
    """Open what the rows are read from.

    Raises:
        Unreadable: the file is not there (any more), or this machine cannot see it.
    """
    table = path_of(job) / "table"
    try:
        return (table if table.exists() else path_of(job) / "source").open("rb")
    except OSError as error:
        raise Unreadable(f"The uploaded file cannot be opened: {error.strerror}. Upload it again.") from None


def prepare_table(job: Import, columns: list[str]) -> Start:
    """Make the table readable from any place on, and skip its heading. May be called again.

    Raises:
        Unreadable: it cannot be unpacked, or is larger than IMPORT_MOST_UNPACKED then.
    """
    encoding = job.preview["encoding"]
    if job.kind != Kind.CSV or encoding == "utf-16":
        _unpack(job, encoding, columns)
    with open_table(job) as file:
        size = os.fstat(file.fileno()).st_size
        if job.kind == Kind.PARQUET:
            return Start(0, 0, size)
        return _skip_heading(file, size)


def _skip_heading(file: BinaryIO, size: int) -> Start:
    line = 0
    while raw := file.readline(LONGEST_LINE):
        line += 1
        if raw.strip(b"\xef\xbb\xbf \t\r\n"):
            break
    return Start(file.tell(), line, size)


def _unpack(job: Import, encoding: str, columns: list[str]) -> None:
    partial = path_of(job) / "table.partial"
    try:
        with partial.open("wb") as target:
            if job.kind == Kind.PARQUET:
                from sensors.transfers.parquet import write_table

                write_table(path_of(job) / "source", target, columns, settings.IMPORT_MOST_UNPACKED)
            else:
                _unpack_text(job, encoding, target)
        partial.replace(path_of(job) / "table")
    except OSError as error:
        raise Unreadable(f"The file cannot be unpacked: {error.strerror or error}.") from None
    finally:
        partial.unlink(missing_ok=True)


def _unpack_text(job: Import, encoding: str, target: BinaryIO) -> None:
    source = path_of(job) / "source"
    written = 0
    try:
        with _open_text(source, job.kind) as packed:
            for piece in _as_utf8(packed, encoding):
                written += len(piece)
                check_unpacked(written, settings.IMPORT_MOST_UNPACKED)
                target.write(piece)
    except (*BROKEN_GZIP, UnicodeDecodeError) as error:
        raise Unreadable(f"The file cannot be unpacked: {error}.") from None


def _open_text(source: Path, kind: str) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(source)) if kind == Kind.CSV_GZ else source.open("rb")


def _as_utf8(packed: IO[bytes], encoding: str) -> Iterable[bytes]:
    if encoding != "utf-16":
        return iter(lambda: packed.read(PIECE), b"")
    texts = codecs.iterdecode(iter(lambda: packed.read(PIECE), b""), encoding)
    return (text.encode() for text in texts)


def check_unpacked(size: int, most: int) -> None:
    """Stop what unpacks to much more than it was."""
    if size > most:
        raise Unreadable(f"The file unpacks to more than {most:,} bytes. Part it.")


def drop_table(job: Import) -> None:
    """Forget what was unpacked; the file as it came stays until its time."""
    (path_of(job) / "table").unlink(missing_ok=True)
