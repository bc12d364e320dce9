"""What the pickle of a checkpoint may refer to, and what is made of it instead of a call."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from humanpose3d.model_assets.validation.disguise import FileFault

ITEM_SIZES = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2,
    "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1,
}  # fmt: skip
"""Bytes of one element of each type that a tensor may have."""

STORAGES = {
    "torch.DoubleStorage": "float64", "torch.FloatStorage": "float32", "torch.HalfStorage": "float16",
    "torch.BFloat16Storage": "bfloat16", "torch.LongStorage": "int64", "torch.IntStorage": "int32",
    "torch.ShortStorage": "int16", "torch.CharStorage": "int8", "torch.ByteStorage": "uint8",
    "torch.BoolStorage": "bool",
}  # fmt: skip
_NUMPY_SCALARS = {
    "f8": "d", "f4": "f", "f2": "e", "i8": "q", "i4": "i", "i2": "h", "i1": "b",
    "u8": "Q", "u4": "I", "u2": "H", "u1": "B", "b1": "?",
}  # fmt: skip
_MOST_AXES = 8
_LARGEST = 2**63 - 1  # of any size, offset or stride


@dataclass(frozen=True)
class Storage:
    """Elements of one type, in an entry of the archive."""

    dtype: str  # a key of ITEM_SIZES
    key: str  # name of the entry under data/
    count: int  # of elements, as the pickle claims


@dataclass(frozen=True)
class Tensor:
    """A view of a storage, in elements; it does not reach beyond the claimed number of them."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # along each axis, none negative


@dataclass(frozen=True)
class Global:
    """What the pickle refers to by its name."""

    name: str


@dataclass(frozen=True)
class NumpyType:
    """Type of a NumPy scalar: its code, such as ``f8``, and the order of its bytes."""

    code: str
    order: str = "<"


def require(condition: bool, words: str) -> None:
    """Raise `FileFault` unless the condition holds; `words` say what is wrong otherwise."""
    if not condition:
        raise FileFault(f"its pickle is damaged ({words})")


def as_dict(values: list[Any]) -> dict[Any, Any]:
    """Make a dictionary of keys and values in turn."""
    require(len(values) % 2 == 0, "a key has no value")
    return dict(zip(_hashable(values[::2]), values[1::2], strict=True))


def as_set(values: Any) -> set[Any]:
    """Make a set of a list."""
    require(type(values) is list, "a set is made of something else than a list")
    return set(_hashable(values))


def as_storage(reference: Any) -> Storage:
    """Make a storage of the reference to it, which is the tuple that PyTorch writes."""
    require(type(reference) is tuple and len(reference) == 5, "a reference is none to a storage")
    kind, storage, key, location, count = reference
    require(kind == "storage" and isinstance(storage, Global), "a reference is none to a storage")
    require(type(key) is str and type(location) is str, "a storage has no name")
    if storage.name not in STORAGES:
        raise FileFault(f"its storage {key[:20]!r} has the type {storage.name}, which no tensor has")
    return Storage(STORAGES[storage.name], key, _size(count))


def _hashable(keys: list[Any]) -> list[Any]:
    """See that keys are hashed at once: a tuple of the same tuple twice, thirty times over, is not."""
    for key in keys:
        if not isinstance(key, (str, int, float, bytes, type(None))):
            raise FileFault(f"its pickle has a {type(key).__name__.lower()} as a key")
    return keys


def _size(value: Any) -> int:
    require(type(value) is int and 0 <= value <= _LARGEST, "a size, an offset or a stride is none")
    return int(value)


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Tensor:
    require(isinstance(storage, Storage), "a tensor has no storage")
    require(type(shape) is tuple and type(strides) is tuple, "a tensor has no shape")
    sizes, steps = tuple(map(_size, shape)), tuple(map(_size, strides))
    require(len(sizes) == len(steps) <= _MOST_AXES, "the shape and the strides of a tensor do not match")
    tensor = Tensor(storage, _size(offset), sizes, steps)
    last = tensor.offset + sum((size - 1) * step for size, step in zip(sizes, steps, strict=True))
    if 0 not in sizes and last >= storage.count:
        raise FileFault(f"a tensor reaches beyond its storage {storage.key[:20]!r} of {storage.count:,} numbers")
    return tensor


def _parameter(tensor: Any, *_: Any) -> Any:
    require(isinstance(tensor, Tensor), "a parameter is no tensor")
    return tensor


def _shape(values: Any) -> Any:
    require(type(values) is tuple, "a size is made of something else than a tuple")
    return values


def _numpy_type(code: Any, *_: Any) -> NumpyType:
    if type(code) is not str or code not in _NUMPY_SCALARS:
        raise FileFault(f"its pickle has a NumPy scalar of the type {str(code)[:20]!r}, which is no number")
    return NumpyType(code)


def _numpy_scalar(kind: Any, content: Any) -> Any:
    require(isinstance(kind, NumpyType) and type(content) is bytes, "a NumPy scalar is none")
    layout = kind.order + _NUMPY_SCALARS[kind.code]
    require(kind.order in ("<", ">") and struct.calcsize(layout) == len(content), "a NumPy scalar has another size")
    return struct.unpack(layout, content)[0]


def _encode(text: Any, encoding: Any) -> bytes:
    require(type(text) is str and encoding in ("latin1", "latin-1"), "bytes have an unknown encoding")
    return bytes(text, "latin-1")


CALLS: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": dict,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.Size": _shape,
    "numpy.dtype": _numpy_type,
    "numpy.core.multiarray.scalar": _numpy_scalar,
    "numpy._core.multiarray.scalar": _numpy_scalar,
    "_codecs.encode": _encode,
    **{f"{module}.bytes": lambda: b"" for module in ("builtins", "__builtin__")},
    **{f"{module}.{name}": as_set for module in ("builtins", "__builtin__") for name in ("set", "frozenset")},
}
"""Names of the functions that a pickle may call, and what is called instead."""
