"""Technicians that come, change and go."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from maintenance.models import Shift, Skill, Technician


@transaction.atomic
def save_technician(
    *,
    technician: Technician,
    skills: Sequence[Skill] | None = None,
    shifts: Sequence[Shift] | None = None,
) -> Technician:
    """Check and save a technician; `skills` and `shifts` replace what was there, None keeps it.

    Raises:
        ValidationError: the name is taken, or a value makes no sense.
    """
    technician.full_clean()
    technician.save()
    if skills is not None:
        technician.skills.set(skills)
    if shifts is not None:
        technician.shifts.all().delete()
        for shift in shifts:
            shift.technician = technician
            shift.full_clean()
            shift.save()
    return technician
