"""What a start says that cannot succeed."""

from __future__ import annotations

from smartmaint.embedded.leftovers import find_leftovers
from tests.stack import Stack


def refusal(stack: Stack) -> str:
    """Return the last line of a start that must fail, and leave nothing behind."""
    assert stack.launch().wait(120) == 1
    assert "Traceback" not in stack.output
    assert not find_leftovers(stack.data_dir)
    return stack.output.strip().splitlines()[-1]
