"""What the methods are called where people read of them."""

from __future__ import annotations

WORDS = {
    "seasonal-naive": "repeating what was last",
    "ridge-linear": "its past, weighted",
    "prophet": "trend, day and week by Prophet",
    "blend": "the mean of three methods",
}
