"""Write what ``torch.save`` writes, without PyTorch: a zip archive of a pickle and of the elements of each tensor.

The pickle is written opcode by opcode (protocol 2), because Python's own pickler would import what it refers to.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

_STORAGES = {
    "float64": "DoubleStorage",
    "float32": "FloatStorage",
    "float16": "HalfStorage",
    "int64": "LongStorage",
    "int32": "IntStorage",
    "int16": "ShortStorage",
    "int8": "CharStorage",
    "uint8": "ByteStorage",
    "bool": "BoolStorage",
}
_ALIGNMENT = 64  # bytes, at which elements begin, so that they can be mapped into memory
_PADDING_FIELD = b"FB"  # of the zip format's extra fields, as PyTorch calls it
_HEADER = 30  # bytes of a member's header before its name


def save(content: Any, path: Path) -> None:
    """Write `content` to `path`: dictionaries, lists, tuples, strings, numbers, None, and arrays as tensors."""
    pickled, arrays = _pickle(content)
    members = {"data.pkl": pickled, "byteorder": b"little"}
    members |= {f"data/{key}": array.tobytes() for key, array in enumerate(arrays)}
    members |= {"version": b"3\n"}
    with zipfile.ZipFile(path, "w") as archive:
        for name, stored in members.items():
            member = zipfile.ZipInfo(f"{path.stem}/{name}")
            position = archive.start_dir + _HEADER + len(member.filename.encode()) + len(_PADDING_FIELD) + 2
            padding = -position % _ALIGNMENT
            member.extra = _PADDING_FIELD + struct.pack("<H", padding) + bytes(padding)
            archive.writestr(member, stored)


def _pickle(content: Any) -> tuple[bytes, list[np.ndarray[Any, Any]]]:
    stream, arrays = io.BytesIO(), []
    stream.write(pickle.PROTO + b"\x02")
    _write(content, stream, arrays)
    stream.write(pickle.STOP)
    return stream.getvalue(), arrays


def _write(value: Any, stream: io.BytesIO, arrays: list[np.ndarray[Any, Any]]) -> None:
    if isinstance(value, np.ndarray):
        _write_tensor(value, stream, arrays)
    elif isinstance(value, dict):
        ordered = _global("collections", "OrderedDict") + pickle.EMPTY_TUPLE + pickle.REDUCE
        stream.write((ordered if isinstance(value, OrderedDict) else pickle.EMPTY_DICT) + pickle.MARK)
        for item in value.items():
            for part in item:
                _write(part, stream, arrays)
        stream.write(pickle.SETITEMS)
    elif isinstance(value, (list, tuple)):
        stream.write((pickle.EMPTY_LIST if isinstance(value, list) else b"") + pickle.MARK)
        for part in value:
            _write(part, stream, arrays)
        stream.write(pickle.APPENDS if isinstance(value, list) else pickle.TUPLE)
    else:
        stream.write(_plain(value))


def _plain(value: str | float | bool | None) -> bytes:
    """Pickle a value that has no parts; the pickler's frame around it is left out."""
    if not (value is None or isinstance(value, (str, int, float))):
        raise TypeError(f"a checkpoint cannot hold a {type(value).__name__}")
    if isinstance(value, str):
        text = value.encode()
        return pickle.BINUNICODE + struct.pack("<I", len(text)) + text
    return pickle.dumps(value, protocol=2)[2:-1]


def _write_tensor(array: np.ndarray[Any, Any], stream: io.BytesIO, arrays: list[np.ndarray[Any, Any]]) -> None:
    array = np.ascontiguousarray(array).reshape(array.shape)
    strides = tuple(stride // array.itemsize for stride in array.strides)
    stream.write(_global("torch._utils", "_rebuild_tensor_v2") + pickle.MARK)
    stream.write(pickle.MARK + _plain("storage") + _global("torch", _STORAGES[array.dtype.name]))
    stream.write(_plain(str(len(arrays))) + _plain("cpu") + _plain(array.size) + pickle.TUPLE + pickle.BINPERSID)
    arrays.append(array)
    for part in (0, array.shape, strides, False, OrderedDict()):  # offset, shape, strides, gradient, hooks
        _write(part, stream, arrays)
    stream.write(pickle.TUPLE + pickle.REDUCE)


def _global(module: str, name: str) -> bytes:
    return pickle.GLOBAL + f"{module}\n{name}\n".encode()
