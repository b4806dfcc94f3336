"""Run a command that ends when its parent ends: `python tied.py SIGNAL USER COMMAND...` (USER `-`: stay).

A supervisor that is killed cannot stop its children; the kernel can (Linux). Plain Python without imports
from the project: it runs before every supervised process, isolated, and takes 20 ms.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1
PARENT = "SMARTMAINT_SUPERVISOR"


def become(user: str) -> None:
    account = pwd.getpwnam(user)
    os.initgroups(user, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def tie(number: int) -> None:
    """Ask the kernel for the signal when the parent dies; end at once where it has died already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if str(os.getppid()) != os.environ[PARENT]:
        sys.exit("the supervisor is gone")


def main(name: str, user: str, *command: str) -> None:
    if user != "-":
        become(user)
    tie(signal.Signals[name])
    try:
        os.execv(command[0], command)  # noqa: S606
    except OSError as error:
        sys.exit(f"{command[0]} cannot run: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
