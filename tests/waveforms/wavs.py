"""WAV files as recorders write them, byte by byte."""

from __future__ import annotations

import struct

import numpy as np

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
FLOAT_GUID = bytes.fromhex("0300000000001000800000aa00389b71")
PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")


def encoded(samples, code, bits):
    """Return samples (n, channels) of -1 to 1 as little-endian bytes."""
    if code == FLOAT:
        return samples.astype(f"<f{bits // 8}").tobytes()
    whole = np.clip(np.rint(samples * 2 ** (bits - 1)), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).astype("<i4")
    return whole.view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def wav(samples, rate=12_000, code=PCM, bits=16, extensible=False, extra=b""):
    """Return a file of samples (n,) or (n, channels); `extra` chunks stand before the data."""
    samples = np.asarray(samples, float)
    samples = samples if samples.ndim == 2 else samples[:, None]
    channels, size = samples.shape[1], bits // 8
    block = (channels, rate, rate * channels * size, channels * size, bits)
    form = struct.pack("<HHIIHH", EXTENSIBLE if extensible else code, *block)
    if extensible:
        form += struct.pack("<HHI", 22, bits, 0) + (FLOAT_GUID if code == FLOAT else PCM_GUID)
    body = b"WAVE" + chunk(b"fmt ", form) + extra + chunk(b"data", encoded(samples, code, bits))
    return b"RIFF" + struct.pack("<I", len(body)) + body
