"""What a method is called where people read of it; the technical name stays at hand as a title."""

from __future__ import annotations

from mlops.predictors.forecasting.wording import WORDS

PLAIN = {
    **WORDS,
    "theil-sen with sieve bootstrap": "the trend of its readings",
    "newest trend, four laws of wear": "the trend of its readings",
    "wear-path": "how machines of its class wore out",
    "signs-ensemble": "signs that came before failures of its class",
    "sensor": "what is normal for its sensors",
    "silence": "when its readings usually come",
}


def plainly(name: str) -> str:
    """Return a method's plain words; its own name, where it has none. The version counts for nothing."""
    return PLAIN.get(name.rstrip("0123456789").rstrip("-, "), name)
