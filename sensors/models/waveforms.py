"""What vibration and sound are read by: the bearing of an asset, and the snippets that are kept."""

from __future__ import annotations

from typing import Self

from django.db import models

from sensors.models.plant import Asset, Sensor
from smartmaint.accounts.models import Organization


class Bearing(models.Model):
    """A rolling bearing's geometry, and where the speed of its shaft is known from: the speed sensor's newest
    reading, else the nominal speed. Both diameters in mm."""

    asset = models.OneToOneField(Asset, primary_key=True, on_delete=models.CASCADE, related_name="bearing")
    designation = models.CharField(max_length=64, blank=True, help_text="The maker's, such as 6205-2RS.")
    rolling_elements = models.PositiveSmallIntegerField()
    ball_diameter = models.FloatField(help_text="Of a ball or roller, in mm.")
    pitch_diameter = models.FloatField(help_text="Of the circle through their centres, in mm.")
    contact_angle = models.FloatField(default=0, help_text="In degrees.")
    shaft_speed = models.FloatField(null=True, blank=True, help_text="Nominal, in rpm.")
    speed_sensor = models.ForeignKey(
        Sensor,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Measures the shaft's speed in rpm, Hz or rad/s.",
    )

    def __str__(self) -> str:
        return self.designation or f"bearing of {self.asset_id}"


class WaveformQuerySet(models.QuerySet["Waveform"]):
    def of_source(self, organization: Organization, code: str) -> Self:
        """Return what the sensor with this code sent, newest first."""
        return self.filter(organization=organization, sensor_code=code).order_by("-measured_at")


class Waveform(models.Model):
    """A snippet as it was sent, or its beginning where it is long: float32, little-endian, zlib.

    `fault_frequencies` in Hz by part, as they were at `shaft_speed` (rpm); the envelope's band in Hz."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    sensor_code = models.CharField(max_length=128)
    measured_at = models.DateTimeField(help_text="Of the first sample.")
    kind = models.CharField(max_length=16)
    unit = models.CharField(max_length=32, blank=True)
    sampling_rate = models.FloatField(help_text="In Hz.")
    sample_count = models.PositiveIntegerField(help_text="Of what was sent.")
    shaft_speed = models.FloatField(null=True)
    fault_frequencies = models.JSONField(default=dict)
    envelope_low = models.FloatField()
    envelope_high = models.FloatField()
    packed = models.BinaryField()

    objects = WaveformQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sensor_code", "measured_at"], name="waveform_once"
            )
        ]
        indexes = [models.Index(fields=["measured_at"], name="waveform_age")]

    def __str__(self) -> str:
        return f"{self.sensor_code} {self.measured_at:%F %T}"
