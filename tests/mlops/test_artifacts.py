from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mlops.artifacts import ArtifactRefused, digest, pack, unpack

ROWS = np.random.default_rng(0).normal(size=(80, 3))


class Canary:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.write_text, (self.path, "sang")


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as written:
        for name, data in entries.items():
            written.writestr(name, data)
    return file.getvalue()


def opened(data: bytes) -> dict:
    return unpack(data, digest(data))


def array_file(header: dict, data: bytes = b"") -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + data


def test_arrays_and_values_come_back_as_they_were():
    records = np.zeros(3, [("a", "f4"), ("b", "i1", (2,))])
    parts = {"x": ROWS, "t": np.array(["2026-01-01"], "M8[ns]"), "r": records, "v": {"k": [1, None, "é"]}}
    back = opened(pack(parts))
    assert back["v"] == parts["v"]
    for name in ("x", "t", "r"):
        assert (back[name] == parts[name]).all()
        assert back[name].dtype == parts[name].dtype


@pytest.mark.parametrize("name", ["ExtraTreesRegressor", "HistGradientBoostingClassifier", "IsolationForest"])
def test_estimators_answer_as_before(name):
    from sklearn import ensemble

    model = getattr(ensemble, name)(random_state=0).fit(ROWS, ROWS[:, 0] > 0)
    assert (opened(pack({"m": model}))["m"].predict(ROWS) == model.predict(ROWS)).all()


def test_the_same_parts_make_the_same_file():
    assert pack({"x": ROWS, "v": [1]}) == pack({"x": ROWS.copy(), "v": [1]})


def test_one_changed_byte_is_refused_before_anything_is_read():
    data = bytearray(pack({"x": ROWS}))
    known = digest(bytes(data))
    data[len(data) // 2] ^= 1
    with pytest.raises(ArtifactRefused, match="registered was"):
        unpack(bytes(data), known)


def canaries(path: Path) -> dict[str, bytes]:
    """A pickle as the whole file, under each name, in an array of objects, and inside an estimator's file."""
    sting = pickle.dumps(Canary(path))
    objects = io.BytesIO()
    np.save(objects, np.array([Canary(path)], object), allow_pickle=True)
    node = {"__class__": "Canary", "__module__": "tests.mlops.test_artifacts", "__loader__": "ReduceNode"}
    call = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}
    schema = json.dumps({**node, "content": {"file": "x.pkl"}}).encode()
    return {
        "whole": sting,
        "pkl": archive({"model.pkl": sting}),
        "npy": archive({"model.npy": sting}),
        "objects": archive({"model.npy": objects.getvalue()}),
        "json": archive({"model.json": sting}),
        "skops": archive({"model.skops": sting}),
        "inside": archive({"model.skops": archive({"schema.json": schema, "x.pkl": sting})}),
        "inside npy": archive({"model.skops": archive({"schema.json": b"{}", "x.npy": objects.getvalue()})}),
        "reduce": archive({"model.skops": archive({"schema.json": schema})}),
        "call": archive({"model.skops": archive({"schema.json": json.dumps({"a": [call]}).encode()})}),
    }


@pytest.mark.parametrize("way", sorted(canaries(Path("unused"))))
def test_a_pickle_is_refused_and_never_runs(way, tmp_path):
    song = tmp_path / "song"
    with pytest.raises(ArtifactRefused):
        opened(canaries(song)[way])
    assert not song.exists()
    pickle.loads(pickle.dumps(Canary(song)))
    assert song.exists()  # it would have sung


def test_a_packed_file_cannot_grow():
    with pytest.raises(ArtifactRefused, match="packed"):
        opened(archive({"x.npy": b"\0" * 10_000_000}, zipfile.ZIP_DEFLATED))


def test_an_array_that_claims_to_be_huge_takes_no_memory():
    claim = {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    with pytest.raises(ArtifactRefused, match="not a plain array"):
        opened(archive({"x.npy": array_file(claim, b"\0" * 8)}))


def test_what_cannot_be_kept_is_refused_at_once():
    from sklearn.gaussian_process import GaussianProcessRegressor

    model = GaussianProcessRegressor().fit(ROWS, ROWS[:, 0])
    for part in (model, np.array([None], object), {1, 2}, {"x": float("nan")}):
        with pytest.raises(ArtifactRefused):
            pack({"part": part})
    with pytest.raises(ArtifactRefused, match="cannot be called"):
        pack({"../up": [1]})
