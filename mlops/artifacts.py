"""A model as one file: a zip of plain arrays (.npy), plain values (.json) and estimators (.skops).

Nothing in it is compressed, so that a small file cannot grow; nothing in it is pickle; and not a byte of it
is parsed before its SHA-256 is found to be the one that was registered.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Part = Any  # an array of a plain type, a plain value as in JSON, or an estimator of scikit-learn

MOST_BYTES = 256 * 1024 * 1024
MOST_PARTS = 20_000  # a forest has some for each tree
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\Z")
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same parts give the same bytes
DTYPE_KINDS = "biufcSUMm"  # a structured type holds only these

ESTIMATORS = {
    "sklearn.calibration": "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration",
    "sklearn.cluster": "KMeans MiniBatchKMeans",
    "sklearn.covariance": "EmpiricalCovariance LedoitWolf MinCovDet",
    "sklearn.decomposition": "PCA",
    "sklearn.ensemble": "AdaBoostClassifier BaggingClassifier BaggingRegressor ExtraTreesClassifier"
    " ExtraTreesRegressor GradientBoostingClassifier GradientBoostingRegressor HistGradientBoostingClassifier"
    " HistGradientBoostingRegressor IsolationForest RandomForestClassifier RandomForestRegressor",
    "sklearn.isotonic": "IsotonicRegression",
    "sklearn.linear_model": "ElasticNet HuberRegressor Lasso LinearRegression LogisticRegression"
    " QuantileRegressor Ridge RidgeCV",
    "sklearn.pipeline": "Pipeline",
    "sklearn.preprocessing": "LabelEncoder MinMaxScaler OneHotEncoder PolynomialFeatures QuantileTransformer"
    " RobustScaler SplineTransformer StandardScaler",
    "sklearn.tree": "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
}
INSIDE = re.compile(  # what these estimators are made of
    r"builtins\.(dict|list|set|slice|str|int|float|bool|tuple|type)"
    r"|numpy\.(ndarray|dtype|bool|bool_|u?int\d+|float\d+|str_)"
    r"|numpy\.random\.(mtrand\.RandomState|_generator\.Generator)"
    r"|sklearn\.dummy\.\w+"
    r"|sklearn\._loss\.(_loss|link|loss)\.\w+"
    r"|sklearn\.ensemble\._hist_gradient_boosting\.(binning\._BinMapper|predictor\.TreePredictor)"
    r"|sklearn\.tree\._tree\.Tree"
)
# skops leaves these to us: a crafted tree may point outside its own nodes. Ours bear a registered hash.
BY_HASH = [
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
]
LOADERS = {
    *("DictNode", "JsonNode", "ListNode", "LossNode", "NdArrayNode", "ObjectNode", "RandomGeneratorNode"),
    *("RandomStateNode", "SetNode", "SliceNode", "TreeNode", "TupleNode", "TypeNode"),
}


class ArtifactRefused(ValueError):
    """The file is not what was registered, or holds what no model may hold; the message says what."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pack(parts: Mapping[str, Part]) -> bytes:
    """Return the parts as one file.

    Raises:
        ArtifactRefused: a part is none of array, plain value and known estimator, or it is all too big.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            suffix, data = _written(name, part)
            archive.writestr(zipfile.ZipInfo(f"{name}.{suffix}", LONG_AGO), data)
    _entries(file.getvalue())
    return file.getvalue()


def unpack(data: bytes, sha256: str) -> dict[str, Part]:
    """Return the parts of a file whose SHA-256 is known.

    Raises:
        ArtifactRefused: the bytes are others, or they hold something that is not allowed.
    """
    found = digest(data)
    if found != sha256:
        raise ArtifactRefused(f"Its SHA-256 is {found[:12]}…, registered was {sha256[:12]}….")
    return {name.rpartition(".")[0]: _read(name, content) for name, content in _entries(data).items()}


def _written(name: str, part: Part) -> tuple[str, bytes]:
    if not NAME.match(name):
        raise ArtifactRefused(f"A part cannot be called {name!r}.")
    import numpy as np

    if isinstance(part, np.ndarray):
        return "npy", _write_array(name, part)
    if hasattr(part, "get_params"):
        return "skops", _write_estimator(name, part)
    try:
        return "json", json.dumps(part, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise ArtifactRefused(
            f"{name} is neither an array, nor a plain value, nor an estimator: {error}"
        ) from error


def _entries(data: bytes) -> dict[str, bytes]:
    """Return the archive's files, none of which may be packed."""
    if len(data) > MOST_BYTES:
        raise ArtifactRefused(f"It has {len(data)} bytes, more than {MOST_BYTES}.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = archive.infolist()
            if len(files) > MOST_PARTS or len({file.filename for file in files}) < len(files):
                raise ArtifactRefused(f"It has {len(files)} parts, or two of one name.")
            return {file.filename: archive.read(_plain(file)) for file in files}
    except ArtifactRefused:
        raise
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise ArtifactRefused(f"It is not a whole archive: {error}") from error


def _plain(file: zipfile.ZipInfo) -> zipfile.ZipInfo:
    if file.compress_type != zipfile.ZIP_STORED or file.file_size != file.compress_size:
        raise ArtifactRefused(f"{file.filename} is packed.")
    return file


def _read(name: str, content: bytes) -> Part:
    stem, _, suffix = name.rpartition(".")
    if suffix not in READERS or not NAME.match(stem):
        raise ArtifactRefused(f"It holds {name!r}, which is neither .npy, .json nor .skops.")
    return READERS[suffix](name, content)


def _write_array(name: str, array: np.ndarray[Any, Any]) -> bytes:
    import numpy as np

    _admit_type(name, array.dtype)
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=False)
    return file.getvalue()


def _read_array(name: str, content: bytes) -> np.ndarray[Any, Any]:
    """Read an array by its header: numpy's own reader would make room for whatever that claims."""
    import numpy as np

    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, fortran, dtype = header[version](file)
        _admit_type(name, dtype)
        rest = content[file.tell() :]
        array = np.frombuffer(rest, dtype).reshape(shape, order="F" if fortran else "C")
    except (ValueError, KeyError, SyntaxError) as error:
        raise ArtifactRefused(f"{name} is not a plain array: {error}") from error
    return array.copy(order="K")


def _admit_type(name: str, dtype: np.dtype[Any]) -> None:
    fields = [field[0].base for field in dtype.fields.values()] if dtype.fields else []
    for field in fields:
        _admit_type(name, field)
    if not fields and dtype.base.kind not in DTYPE_KINDS:
        raise ArtifactRefused(f"{name} holds {dtype}, which is no plain type.")


def _read_json(name: str, content: bytes) -> Part:
    try:
        value: Part = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ArtifactRefused(f"{name} is not JSON: {error}") from error
    return value


def _write_estimator(name: str, estimator: Any) -> bytes:
    import skops.io

    data: bytes = skops.io.dumps(estimator, compression=zipfile.ZIP_STORED)
    _admit_estimator(name, data)
    return data


def _read_estimator(name: str, content: bytes) -> Any:
    import skops.io

    _admit_estimator(name, content)
    unknown = set(skops.io.get_untrusted_types(data=content)) - set(BY_HASH)
    if unknown:
        raise ArtifactRefused(f"{name} holds {', '.join(sorted(unknown))}.")
    return skops.io.loads(content, trusted=BY_HASH)


def _admit_estimator(name: str, content: bytes) -> None:
    """Admit only types of the closed list above, before skops looks at the file."""
    entries = _entries(content)
    for entry, data in entries.items():
        if entry.endswith(".npy"):
            _read_array(f"{name}/{entry}", data)
        elif entry != "schema.json":
            raise ArtifactRefused(f"{name} holds {entry!r}.")
    schema = _read_json(name, entries.get("schema.json", b"")) or {}
    for module, kind, loader in _types(schema):
        if loader not in LOADERS or not _known(module, kind):
            raise ArtifactRefused(f"{name} holds {module}.{kind} ({loader}), which is not on the list.")


def _known(module: str, kind: str) -> bool:
    public = ".".join(part for part in module.split(".") if not part.startswith("_"))
    listed = any(
        (public == package or public.startswith(f"{package}.")) and kind in names.split()
        for package, names in ESTIMATORS.items()
    )
    return listed or bool(INSIDE.fullmatch(f"{module}.{kind}"))


def _types(node: Part) -> Iterator[tuple[str, str, str]]:
    """Yield module, class and loader of everything in a skops schema."""
    if isinstance(node, dict):
        if "__loader__" in node or "__class__" in node:
            yield str(node.get("__module__")), str(node.get("__class__")), str(node.get("__loader__"))
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _types(each)


READERS = {"npy": _read_array, "json": _read_json, "skops": _read_estimator}
