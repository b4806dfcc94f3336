"""What people type about refused readings."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django import forms

from sensors.decoding.tables import typed
from sensors.models import QuarantineQuerySet
from sensors.resubmission import Outcome, discard_readings, resubmit_readings
from smartmaint.accounts.callers import Caller

LARGEST_ID = 2**63 - 1
PIECE = 1000
KEPT = ("sensor_type", "correlation_id", "metadata")


class CorrectionForm(forms.Form):
    """A reading's fields as text; the ingest rules judge them when it is sent again."""

    sensor_id = forms.CharField(max_length=128, strip=True, label="Sensor")
    value = forms.CharField(max_length=64, label="Value")
    unit = forms.CharField(max_length=32, required=False, label="Unit")
    timestamp = forms.CharField(max_length=64, required=False, label="Time")
    quality = forms.CharField(max_length=32, required=False, label="Quality")

    @classmethod
    def of(cls, payload: Any) -> CorrectionForm:
        """Return the form filled with what came, as far as it is an object."""
        given = payload if isinstance(payload, dict) else {}
        named = {name: given[name] for name in cls.base_fields if given.get(name) is not None}
        return cls(initial={name: str(value) for name, value in named.items()})

    def payload(self, before: Any) -> dict[str, Any]:
        """Return the corrected reading: the form's fields, and what the reading had beside them. What is no
        field of a reading is left out."""
        kept = {name: before[name] for name in KEPT if name in before} if isinstance(before, dict) else {}
        texts = {name: text for name, text in self.cleaned_data.items() if text}
        return kept | {name: typed(name, text) for name, text in texts.items()}


class DiscardForm(forms.Form):
    reason = forms.CharField(max_length=500)


@dataclass(frozen=True)
class Piece:
    """How far a deed to many readings has come; `after` is None when it is done."""

    deed: str
    reason: str
    after: int | None
    upto: int
    total: int
    done: int
    stored: int

    @property
    def values(self) -> str:
        """What the request for the next piece says, as JSON."""
        return json.dumps(asdict(self))

    @property
    def left_over(self) -> int:
        """How many were refused again."""
        return self.done - self.stored


class PieceForm(forms.Form):
    """One piece of a deed to all readings that fit, with what the pieces before it came to."""

    deed = forms.ChoiceField(choices=[("resubmit", "send again"), ("discard", "discard")])
    reason = forms.CharField(max_length=500, required=False)
    after = forms.IntegerField(min_value=0, max_value=LARGEST_ID)
    upto = forms.IntegerField(min_value=0, max_value=LARGEST_ID)
    total = forms.IntegerField(min_value=0, max_value=LARGEST_ID)
    done = forms.IntegerField(min_value=0, max_value=LARGEST_ID)
    stored = forms.IntegerField(min_value=0, max_value=LARGEST_ID)

    def clean(self) -> None:
        if self.cleaned_data.get("deed") == "discard" and not self.cleaned_data.get("reason"):
            self.add_error("reason", "Say why.")

    def take(self, rows: QuarantineQuerySet, caller: Caller, at: datetime) -> Piece:
        """Do the deed to the next of the rows, at most a thousand."""
        asked = dict(self.cleaned_data)
        rows = rows.filter(pk__gt=asked["after"], pk__lte=asked["upto"])
        if asked["deed"] == "discard":
            gone = discard_readings(rows=rows, caller=caller, reason=asked["reason"], at=at, most=PIECE)
            outcome = Outcome(len(gone), len(gone), gone[-1] if gone else 0)
        else:
            outcome = resubmit_readings(rows=rows, caller=caller, at=at, most=PIECE)
        done, stored = asked["done"] + outcome.done, asked["stored"] + outcome.stored
        after = outcome.after if outcome.done == PIECE else None
        return Piece(**{**asked, "done": done, "stored": stored, "after": after})
