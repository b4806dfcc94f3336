"""What the methods are called where people read of them."""

from __future__ import annotations

WORDS = {
    "seasonal-naive": "repeating what was last",
    "ridge-linear": "a weighing of its past",
    "prophet": "trend, day and week by Prophet",
    "blend": "the mean of three methods",
}
