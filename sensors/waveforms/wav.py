"""Reading a WAV file: plain PCM of 16, 24 or 32 bits and floats, with every length checked."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
FORMATS = {(PCM, 16): "<i2", (PCM, 24): "", (PCM, 32): "<i4", (FLOAT, 32): "<f4", (FLOAT, 64): "<f8"}
MOST_CHANNELS = 8
FORMAT_BYTES = 16


class BadWav(ValueError):
    """This is no WAV file that can be read; the message says why."""


@dataclass(frozen=True)
class Wav:
    """`samples` (channels, n), where 1.0 is full scale; `rate` in Hz."""

    rate: int
    samples: NDArray[np.float64]


@dataclass(frozen=True)
class _Format:
    code: int
    channels: int
    rate: int
    bits: int


def decode_wav(content: bytes) -> Wav:
    """Decode RIFF/WAVE; a data chunk that was cut off, as recorders leave it, counts as far as it goes.

    Raises:
        BadWav: it is something else, or of a form that is not taken.
    """
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise BadWav("This is not a WAV file: it does not begin with RIFF and WAVE.")
    chunks = _chunks(content)
    if b"fmt " not in chunks or b"data" not in chunks:
        raise BadWav("The WAV file has no format or no data.")
    shape = _format(chunks[b"fmt "])
    numbers = _numbers(chunks[b"data"], shape)
    whole = len(numbers) // shape.channels * shape.channels
    return Wav(shape.rate, numbers[:whole].reshape(-1, shape.channels).T)


def _chunks(content: bytes) -> dict[bytes, memoryview]:
    """Return the first chunk of each name."""
    chunks: dict[bytes, memoryview] = {}
    view, place = memoryview(content), 12
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        chunks.setdefault(name, view[place + 8 : place + 8 + size])
        place += 8 + size + size % 2
    return chunks


def _format(chunk: memoryview) -> _Format:
    if len(chunk) < FORMAT_BYTES:
        raise BadWav("The WAV file's format is cut off.")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if code == EXTENSIBLE and len(chunk) >= FORMAT_BYTES + 10:
        code = struct.unpack_from("<H", chunk, FORMAT_BYTES + 8)[0]
    if (code, bits) not in FORMATS:
        raise BadWav(f"PCM of 16, 24 or 32 bits and floats are taken, not format {code} with {bits} bits.")
    if not 1 <= channels <= MOST_CHANNELS:
        raise BadWav(f"1 to {MOST_CHANNELS} channels are taken, not {channels}.")
    return _Format(code, channels, rate, bits)


def _numbers(data: memoryview, shape: _Format) -> NDArray[np.float64]:
    size = shape.bits // 8
    data = data[: len(data) // size * size]
    if shape.bits == 24:
        padded = np.zeros((len(data) // 3, 4), np.uint8)  # a zero below: the same number, 256 times as large
        padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return padded.view("<i4")[:, 0] / 2.0**31
    numbers = np.frombuffer(data, FORMATS[shape.code, shape.bits]).astype(float)
    return numbers if shape.code == FLOAT else numbers / 2.0 ** (shape.bits - 1)
