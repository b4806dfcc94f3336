"""What a request for a waveform says, in JSON or as a WAV file with fields beside it."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from sensors.incoming import AwareDatetime
from sensors.quality import check_code
from sensors.waveforms.bearings import FASTEST, Geometry
from sensors.waveforms.channels import BANDS, ENVELOPE_BAND
from sensors.waveforms.wav import BadWav, decode_wav

FEWEST_SAMPLES, MOST_SAMPLES = 16, 1_048_576
MOST_IN_ALL = 2 * MOST_SAMPLES
LONGEST_CODE = 100  # so that each channel's code, which is longer, stays within 128
SLOWEST_RATE, FASTEST_RATE = 10, 1_000_000
LARGEST = 1e12
STRUCTURED = {"metadata", "bands", "envelope_band", "bearing"}
_PLACE = re.compile(r"at `\$\.([\w.]+)")
_MISSING = re.compile(r"missing required field `(\w+)`")

Frequency = Annotated[int, msgspec.Meta(ge=0, le=FASTEST_RATE)]
Pair = tuple[Frequency, Frequency]


class BadWaveform(ValueError):
    """A request that cannot be followed: the field, and what is wrong with it."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class BearingIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    rolling_elements: int
    ball_diameter: float
    pitch_diameter: float
    contact_angle: float = 0.0


class WaveformRequest(msgspec.Struct, kw_only=True):
    """`samples` in `unit`; or as base64 of little-endian numbers, where `full_scale` is what 1.0 stands for
    (32768 of int16), as in a WAV file."""

    sensor_id: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_CODE)]
    sampling_rate: Annotated[float, msgspec.Meta(ge=SLOWEST_RATE, le=FASTEST_RATE)] | None = None
    samples: list[float] | None = None
    samples_base64: str | None = None
    encoding: Literal["float32", "int16"] = "float32"
    full_scale: Annotated[float, msgspec.Meta(gt=0, le=LARGEST)] = 1.0
    timestamp: AwareDatetime | None = None
    unit: Annotated[str, msgspec.Meta(max_length=30)] = ""
    kind: Literal["vibration", "sound"] = "vibration"
    quality: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    bands: Annotated[tuple[Pair, ...], msgspec.Meta(max_length=16)] = BANDS  # type: ignore[assignment]
    envelope_band: Pair = ENVELOPE_BAND  # type: ignore[assignment]
    bearing: BearingIn | None = None
    shaft_speed: Annotated[float, msgspec.Meta(gt=0, le=FASTEST)] | None = None
    correlation_id: UUID | None = None
    metadata: dict[str, Any] | None = None

    @property
    def geometry(self) -> Geometry | None:
        """Return the bearing's geometry, if the request gives one.

        Raises:
            BadWaveform: no such bearing can be.
        """
        if self.bearing is None:
            return None
        try:
            return Geometry(**msgspec.structs.asdict(self.bearing))
        except ValueError as error:
            raise BadWaveform(f"bearing.{str(error).split()[0]}", str(error)) from error


class Sent(msgspec.Struct, frozen=True):
    """A request with its signals (channels, n) in its unit, and their rate in Hz."""

    request: WaveformRequest
    signals: NDArray[np.float64]
    rate: float

    @property
    def fingerprint(self) -> bytes:
        """Return what is the same however often it is sent, such as with another boundary in a form."""
        said = msgspec.structs.replace(self.request, samples=None, samples_base64=None)
        return msgspec.json.encode(said) + repr(self.rate).encode() + self.signals.tobytes()


_decode = msgspec.json.Decoder(WaveformRequest).decode


def read_json(body: bytes) -> Sent:
    """Return what a JSON object says, with one signal.

    Raises:
        BadWaveform: a field is missing or does not fit.
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: this is no JSON that is taken.
    """
    try:
        request = _decode(body)
    except msgspec.ValidationError as error:
        raise _bad(error) from error
    if request.sampling_rate is None:
        raise BadWaveform("sampling_rate", "Say how many samples there are a second.")
    return Sent(request, _checked(request, _samples(request)), request.sampling_rate)


def read_wav(content: bytes, fields: dict[str, Any]) -> Sent:
    """Return what the fields say, with the file's signals.

    Raises:
        BadWaveform: a field or the file does not fit.
    """
    try:
        request = msgspec.convert(fields, WaveformRequest, strict=False)
        wav = decode_wav(content)
    except msgspec.ValidationError as error:
        raise _bad(error) from error
    except BadWav as error:
        raise BadWaveform("file", str(error)) from error
    if not SLOWEST_RATE <= wav.rate <= FASTEST_RATE:
        raise BadWaveform("file", f"The sampling rate is {wav.rate} Hz; 10 to 1,000,000 are taken.")
    if request.sampling_rate not in {None, wav.rate}:
        raise BadWaveform("sampling_rate", f"The file says {wav.rate} Hz.")
    return Sent(request, _checked(request, wav.samples * request.full_scale), float(wav.rate))


def _samples(request: WaveformRequest) -> NDArray[np.float64]:
    if (request.samples is None) == (request.samples_base64 is None):
        raise BadWaveform("samples", "Send either samples or samples_base64.")
    if request.samples is not None:
        return np.array([request.samples], float)
    form, full = {"int16": ("<i2", 32768), "float32": ("<f4", 1)}[request.encoding]
    try:
        numbers = np.frombuffer(base64.b64decode(request.samples_base64 or "", validate=True), form)
    except ValueError as error:
        text = f"This is not base64 of whole numbers of {request.encoding}: {error}."
        raise BadWaveform("samples_base64", text) from error
    return numbers[None] * (request.full_scale / full)


def _checked(request: WaveformRequest, samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the samples if their number and values are within bounds."""
    count = samples.shape[1]
    if not FEWEST_SAMPLES <= count <= MOST_SAMPLES or samples.size > MOST_IN_ALL:
        allowed = f"{FEWEST_SAMPLES} to {MOST_SAMPLES:,} a channel, {MOST_IN_ALL:,} in all"
        raise BadWaveform("samples", f"There are {count:,} samples; {allowed} are taken.")
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(samples) <= LARGEST)
    if wrong.any():
        place = int(wrong.any(axis=0).argmax())
        value = samples[:, place][wrong[:, place]][0]
        raise BadWaveform("samples", f"Sample {place} is {value:g}: it must be finite, and at most 1e12.")
    _check_words(request)
    _check_bands(request)
    return samples


def _check_words(request: WaveformRequest) -> None:
    if rejection := check_code(request.sensor_id):
        raise BadWaveform("sensor_id", rejection.detail)
    if not request.unit.isprintable():
        raise BadWaveform("unit", "A unit is printable text.")


def _check_bands(request: WaveformRequest) -> None:
    for field, pairs in (("bands", request.bands), ("envelope_band", [request.envelope_band])):
        for low, high in pairs:
            if low >= high:
                raise BadWaveform(field, f"A band goes from a lower frequency to a higher: {low} to {high}.")
    if len(set(request.bands)) != len(request.bands):
        raise BadWaveform("bands", "A band is named twice.")


def _bad(error: msgspec.ValidationError) -> BadWaveform:
    found = (pattern.search(str(error)) for pattern in (_PLACE, _MISSING))
    return BadWaveform(".".join(match.group(1) for match in found if match) or "body", str(error))
