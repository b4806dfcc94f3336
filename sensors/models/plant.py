"""What there is in a plant: sites, machines and their sensors."""

from __future__ import annotations

import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smartmaint.accounts.models import Organization


def validate_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name} is no IANA time zone, such as America/Sao_Paulo.")


class Site(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="sites")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    country = models.CharField(
        max_length=2, blank=True, help_text="ISO 3166-1 code; brings the public holidays."
    )
    subdivision = models.CharField(max_length=10, blank=True, help_text="ISO 3166-2 part, such as SP.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "code"], name="site_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class Asset(models.Model):
    """A machine or a part of one. Assets form a tree."""

    class Criticality(models.IntegerChoices):
        A = 1, _("A: stops the plant")
        B = 2, _("B: stops a line")
        C = 3, _("C: can wait")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="assets")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="assets")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    code = models.CharField(max_length=128)
    name = models.CharField(max_length=200)
    asset_class = models.CharField(
        max_length=64, blank=True, help_text="ISO 14224 equipment class, such as pump."
    )
    criticality = models.PositiveSmallIntegerField(choices=Criticality, default=Criticality.B)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="asset_code"),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="asset_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Walk up by what is stored now: a parent that was read earlier may have moved since."""
        above, below = self.parent_id, {self.pk}
        while above is not None:
            if above in below:
                raise ValidationError({"parent": "An asset cannot be below itself."})
            below.add(above)
            above = Asset.objects.filter(pk=above).values_list("parent_id", flat=True).first()


class Sensor(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="sensors")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="sensors")
    code = models.CharField(max_length=128)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=64, blank=True, help_text="What it measures, such as vibration.")
    unit = models.CharField(max_length=32, blank=True)
    lower_limit = models.FloatField(
        null=True, blank=True, help_text="Below this the asset fails or must stop."
    )
    upper_limit = models.FloatField(
        null=True, blank=True, help_text="Above this the asset fails or must stop."
    )
    expected_interval = models.FloatField(
        null=True, blank=True, help_text="Seconds between readings; empty: learnt from the readings."
    )
    enabled = models.BooleanField(default=True, help_text="Off: readings are stored and not judged.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "code"], name="sensor_code")]

    def __str__(self) -> str:
        return self.name or self.code
