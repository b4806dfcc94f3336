"""What people ask a replay for, in words."""

from __future__ import annotations

from typing import Any

from django import forms

from anomalies.choices import ORGANIZATION, scope_of_asset
from anomalies.detection.wishes import Wish, budget_words
from anomalies.replaying.running import DAYS
from mlops.failure_modes import modes_for
from sensors.models import Asset, Sensor
from smartmaint.accounts.models import Organization

SENSITIVITIES = [
    ("calm", "Calm: what a person should look at"),
    ("sensitive", "Sensitive: also what is a little odd"),
]
BUDGETS = {"": (None, "month"), **{f"{n} a {per}": (n, per) for per in ("month", "week") for n in (1, 3)}}
BUDGET_CHOICES = [(key, budget_words(*budget).capitalize()) for key, budget in BUDGETS.items()]
WINDOWS = [(days, f"the last {days} days") for days in DAYS]
NO_MACHINE, NO_SENSOR = "There is no machine with this code.", "There is no sensor with this code."


class ReplayForm(forms.Form):
    """Settings for the plant or a machine, or new limits for a sensor."""

    what = forms.ChoiceField(choices=[("settings", "settings"), ("limits", "limits")], initial="settings")
    machine = forms.CharField(max_length=128, required=False)
    sensitivity = forms.ChoiceField(choices=SENSITIVITIES, required=False, initial="calm")
    budget = forms.ChoiceField(choices=BUDGET_CHOICES, required=False)
    sensor = forms.CharField(max_length=128, required=False)
    lower = forms.FloatField(required=False)
    upper = forms.FloatField(required=False)
    days = forms.TypedChoiceField(choices=WINDOWS, coerce=int, initial=DAYS[0])

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["scope"] = self._limits_scope(data) if data.get("what") == "limits" else self._scope(data)
        return data

    def _scope(self, data: dict[str, Any]) -> str:
        if not data.get("machine"):
            return ORGANIZATION
        asset = Asset.objects.filter(organization=self.organization, code=data["machine"]).first()
        if asset is None:
            self.add_error("machine", NO_MACHINE)
        return scope_of_asset(asset.pk) if asset else ""

    def _limits_scope(self, data: dict[str, Any]) -> str:
        sensor = Sensor.objects.filter(organization=self.organization, code=data.get("sensor") or "").first()
        if sensor is None:
            self.add_error("sensor", NO_SENSOR)
            return ""
        lower, upper = data.get("lower"), data.get("upper")
        if lower is not None and upper is not None and lower >= upper:
            self.add_error("upper", "The upper limit must lie above the lower one.")
        return f"sensor:{sensor.pk}"

    def wanted(self) -> dict[str, Any]:
        """Return the arguments of `start_replay` that the form gives."""
        data = self.cleaned_data
        given = {"scope": data["scope"], "days": data["days"]}
        if data["what"] == "limits":
            return {**given, "limits": {"lower": data["lower"], "upper": data["upper"]}}
        at_most, per = BUDGETS[data["budget"]]
        return {**given, "wish": Wish(data["sensitivity"] or "calm", at_most, per)}


class MissedForm(forms.Form):
    """A failure that nothing announced."""

    failure_mode = forms.ChoiceField(required=False)
    found_at = forms.DateTimeField(required=False)
    notes = forms.CharField(max_length=4000, required=False)

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["failure_mode"].choices = [("", "not known"), *modes_for(asset.asset_class)]  # type: ignore[attr-defined]
