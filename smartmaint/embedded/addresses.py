"""Where the embedded servers of a data directory listen. No Django: settings read this."""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from pathlib import Path

DATABASE_NAME = "smartmaint"


def socket_dir(data_dir: Path) -> Path:
    """Return the folder of the unix sockets of `data_dir`.

    Beside the data where the path is short enough, else below the temporary folder: a unix socket's
    path holds at most 107 bytes.
    """
    beside = data_dir / "run"
    if len(str(beside)) <= 80:
        return beside
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"smartmaint-{digest}"


def database_url(data_dir: Path) -> str:
    folder = str(socket_dir(data_dir)).replace("/", "%2F")
    return f"postgresql://postgres@{folder}/{DATABASE_NAME}"


def redis_socket(data_dir: Path) -> str:
    return str(socket_dir(data_dir) / "redis.sock")


def redis_url(data_dir: Path) -> str:
    return f"unix://{redis_socket(data_dir)}"


class DataDirUnusable(RuntimeError):
    """The data directory cannot be read or written; the message says which."""


def secret_key(data_dir: Path) -> str:
    """Return this installation's own key, made at first use (file mode 0600).

    Raises:
        DataDirUnusable: it can be neither read nor made.
    """
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600, exist_ok=True)
            if not path.read_text():
                path.write_text(secrets.token_urlsafe(50))
        return path.read_text().strip()
    except OSError as error:
        raise DataDirUnusable(
            f"The data directory {data_dir} cannot be used ({error.strerror}: {error.filename}). "
            "Choose another by SMARTMAINT_DATA_DIR."
        ) from error
