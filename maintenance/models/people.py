"""Technicians and when they can work."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from sensors.models import Site
from smartmaint.accounts.models import Organization


class Skill(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="skills")
    code = models.SlugField(max_length=64)
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "code"], name="skill_code")]

    def __str__(self) -> str:
        return self.name


class TechnicianQuerySet(models.QuerySet["Technician"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def with_calendar(self) -> Self:
        return self.select_related("site").prefetch_related("skills", "shifts", "absences")


class Technician(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="technicians")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="technicians")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="technicians"
    )
    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    skills = models.ManyToManyField(Skill, blank=True, related_name="technicians")
    is_active = models.BooleanField(default=True)

    objects = TechnicianQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="technician_name")]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """Weekly working hours in the site's time zone. Ending at or before its start means the next day."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    technician = models.ForeignKey(Technician, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField(choices=Weekday, validators=[MaxValueValidator(6)])
    starts_at = models.TimeField()
    ends_at = models.TimeField()
    works_on_holidays = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["technician", "weekday", "starts_at"], name="shift_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts_at:%H:%M} to {self.ends_at:%H:%M}"


class Absence(models.Model):
    technician = models.ForeignKey(Technician, on_delete=models.CASCADE, related_name="absences")
    period = DateTimeRangeField(help_text="From and to, in UTC. No end: until further notice.")
    reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        start, end = (f"{day:%F}" if day else "…" for day in (self.period.lower, self.period.upper))
        return f"{self.technician} away {start} to {end}"


class Holiday(models.Model):
    """A day without work of one site, or of all sites, beside its country's public holidays."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="holidays")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="holidays")
    date = models.DateField()
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "site", "date"], nulls_distinct=False, name="holiday_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.date:%F} {self.name}"
