from __future__ import annotations

import io
import struct
import wave
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.waveforms.wav import BadWav, decode_wav
from tests.waveforms.signals import sine
from tests.waveforms.wavs import FLOAT, PCM, chunk, wav

SOUND = np.stack([sine(0.5, 440, 0.01), sine(0.25, 880, 0.01) - 0.5], axis=1)


@pytest.mark.parametrize("extensible", [False, True])
@pytest.mark.parametrize(("code", "bits"), [(PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64)])
@pytest.mark.parametrize("channels", [1, 2])
def test_it_reads_what_recorders_write(code, bits, channels, extensible):
    sound = SOUND[:, :channels]
    read = decode_wav(wav(sound, 48_000, code, bits, extensible))
    assert read.rate == 48_000
    assert read.samples == pytest.approx(sound.T, abs=2.0 ** -(bits - 1) if code == PCM else 1e-7)


@pytest.mark.parametrize("width", [2, 3, 4])
def test_it_agrees_with_the_standard_library(width):
    whole = np.array([0, 1, -1, 2 ** (8 * width - 1) - 1, -(2 ** (8 * width - 1))], "<i4")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, width, 8000, 0, "NONE", ""))
        writer.writeframes(whole.view(np.uint8).reshape(-1, 4)[:, :width].tobytes())
    assert decode_wav(file.getvalue()).samples[0] == pytest.approx(whole / 2.0 ** (8 * width - 1), abs=0)


def test_it_passes_over_chunks_that_it_does_not_know():
    extra = chunk(b"LIST", b"INFOodd") + chunk(b"bext", b"x" * 602)
    assert decode_wav(wav(SOUND, extra=extra)).samples.shape == (2, 120)


def test_a_recording_that_was_cut_off_counts_as_far_as_it_goes():
    assert decode_wav(wav(SOUND)[:-7]).samples.shape == (2, 118)


GOOD = wav(SOUND)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a WAV file"),
        (b"ID3" + b"\0" * 100, "not a WAV file"),
        (b"RIFF\0\0\0\0WAVE", "no format or no data"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", b"\1\0") + chunk(b"data", b""), "cut off"),
        (wav(SOUND, code=PCM, bits=8), "format 1 with 8 bits"),
        (GOOD.replace(b"\1\0\2\0", b"\6\0\2\0", 1), "format 6 with 16 bits"),
        (wav(np.zeros((4, 9))), "not 9"),
        (GOOD.replace(b"\1\0\2\0", b"\1\0\0\0", 1), "not 0"),
    ],
)
def test_it_refuses_what_it_cannot_read(content, words):
    with pytest.raises(BadWav, match=words):
        decode_wav(content)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(GOOD)), st.integers(0, 2**32 - 1))
def test_no_bytes_break_it(noise, place, size):
    for content in (b"RIFF\0\0\0\0WAVE" + noise, GOOD[:place] + noise + GOOD[place + len(noise) :]):
        for twisted in (content, content[:16] + struct.pack("<I", size) + content[20:]):
            with suppress(BadWav):
                assert decode_wav(twisted).samples.ndim == 2
