#!/usr/bin/env python
from __future__ import annotations

import os
import sys


def main() -> str | int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartmaint.settings")
    try:
        from smartmaint.embedded.command_line import run

        return run(sys.argv)
    except ModuleNotFoundError as error:
        if "--traceback" in sys.argv or (error.name or "").split(".")[0] in OURS:
            raise
        return f"The Python package {error.name!r} is missing. Run: make .venv/.base, then .venv/bin/python"


OURS = {"smartmaint", "sensors", "mlops", "anomalies", "maintenance", "reports"}

if __name__ == "__main__":
    sys.exit(main())
