"""What people write about an alert."""

from __future__ import annotations

from typing import Any

from django import forms

from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import User


class ResolveForm(forms.Form):
    reason = forms.CharField(max_length=1000, error_messages={"required": "Say why it is resolved."})
    false_alarm = forms.BooleanField(required=False)


class CommentForm(forms.Form):
    text = forms.CharField(max_length=1000, error_messages={"required": "Write something first."})


class BaselineForm(forms.Form):
    reason = forms.CharField(max_length=500, error_messages={"required": "Say why it is learnt anew."})


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return obj.get_full_name() or obj.username


class AssignForm(forms.Form):
    person = PersonField(queryset=User.objects.none(), required=False, empty_label="nobody")

    def __init__(self, *args: Any, caller: Caller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = User.objects.filter(memberships__organization=caller.organization).order_by("username")
        self.fields["person"].queryset = members  # type: ignore[attr-defined]
