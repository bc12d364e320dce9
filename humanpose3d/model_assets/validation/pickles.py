"""Read the pickle of a checkpoint without unpickling: a machine that knows tensors, plain containers, NumPy scalars.

The standard library decodes the opcodes; this interprets the few that such a pickle needs. Nothing is imported or
called. Whatever else a stream asks for is a :class:`PickleFault` that names it.
"""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["ITEM_SIZES", "PickleFault", "Storage", "Tensor", "read_pickle"]

ITEM_SIZES = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2,
    "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1,
}  # fmt: skip
"""Bytes of one element of each type that a tensor may have."""

_STORAGES = {
    "torch.DoubleStorage": "float64",
    "torch.FloatStorage": "float32",
    "torch.HalfStorage": "float16",
    "torch.BFloat16Storage": "bfloat16",
    "torch.LongStorage": "int64",
    "torch.IntStorage": "int32",
    "torch.ShortStorage": "int16",
    "torch.CharStorage": "int8",
    "torch.ByteStorage": "uint8",
    "torch.BoolStorage": "bool",
}
_NUMPY_SCALARS = {
    "f8": "d", "f4": "f", "f2": "e", "i8": "q", "i4": "i", "i2": "h", "i1": "b",
    "u8": "Q", "u4": "I", "u2": "H", "u1": "B", "b1": "?",
}  # fmt: skip
_MOST_AXES = 8
_LARGEST = 2**63 - 1  # of any size, offset or stride
_LONGEST_NUMBER = 255  # bytes, or digits in a text
_FRAME_HEAD = 9  # bytes of the opcode and the length of the frame that follows


class PickleFault(ValueError):
    """The stream is no pickle of a checkpoint; the message is a phrase such as ``"its pickle is damaged (…)"``."""


@dataclass(frozen=True)
class Storage:
    """Elements of one type, in an entry of the archive.

    Attributes
    ----------
    dtype : str
        A key of :data:`ITEM_SIZES`.
    key : str
        Name of the entry under ``data/``.
    count : int
        Number of elements, as the pickle claims.
    """

    dtype: str
    key: str
    count: int


@dataclass(frozen=True)
class Tensor:
    """A view of a storage; it does not reach beyond the claimed number of elements.

    Attributes
    ----------
    storage : Storage
    offset : int
        The first element.
    shape, strides : tuple of int
        Along each axis, in elements; no stride is negative.
    """

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True)
class _Global:
    name: str


@dataclass
class _NumpyType:
    code: str
    order: str = "<"


_MARK = object()


def read_pickle(stream: bytes) -> tuple[Any, list[Tensor]]:
    """Return what a pickle holds, and all tensors in it.

    Tensors become :class:`Tensor`, ordered dictionaries plain ones, sizes tuples, NumPy scalars Python's numbers.

    Raises
    ------
    PickleFault
        The stream is damaged, or asks for anything else.
    """
    machine = _Machine()
    try:
        for name, argument in _opcodes(stream):
            machine.step(name, argument)
    except PickleFault:
        raise
    except (ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise PickleFault(f"its pickle is damaged ({str(error)[:100]})") from error
    return machine.result(), machine.tensors


def _opcodes(stream: bytes) -> Iterator[tuple[str, Any]]:
    """Yield the opcodes that do something, with their arguments."""
    position, frame_end = 0, None
    for opcode, argument, begin in pickletools.genops(stream):
        position = begin or 0
        if frame_end is not None and position >= frame_end:
            if position > frame_end:
                # Python's unpickler in C then forgets what is left of the frame, and reads other opcodes than we do.
                raise ValueError("one of its frames ends inside an opcode")
            frame_end = None
        if opcode.name == "FRAME":
            if frame_end is not None:
                raise ValueError("one of its frames begins inside another")
            frame_end = position + _FRAME_HEAD + int(argument)
        elif opcode.name != "PROTO":
            yield opcode.name, argument
    if stream[position + 1 :].strip(b"\0"):
        raise ValueError("there are bytes after its end")


class _Machine:
    """The stack and the memo of a pickle, and the opcodes that work on them."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Execute one opcode."""
        if name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        elif name in _LITERALS:
            self._stack.append(_checked_literal(argument))
        elif name in _EMPTY:
            self._stack.append(_EMPTY[name]())
        elif name in _FROM_MARK:
            self._stack.append(_FROM_MARK[name](self._since_mark()))
        elif name in _TUPLES:
            self._stack.append(tuple(self._pop(_TUPLES[name])))
        elif name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self._memo[len(self._memo) if name == "MEMOIZE" else int(argument)] = self._top()
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self._stack.append(self._memo[int(argument)])
        elif name in _METHODS:
            _METHODS[name](self, argument)
        else:
            raise PickleFault(f"its pickle would run code when loaded, or holds what no checkpoint does: opcode {name}")

    def result(self) -> Any:
        """Return what is left at the end."""
        if len(self._stack) != 1 or isinstance(self._stack[0], (_Global, _NumpyType, Storage)):
            raise PickleFault("its pickle is damaged (it does not end with one value)")
        return self._stack[0]

    def _top(self) -> Any:
        value = self._stack[-1]
        if value is _MARK:
            raise ValueError("a mark where a value belongs")
        return value

    def _pop(self, count: int) -> list[Any]:
        if len(self._stack) < count:
            raise ValueError("nothing is left on its stack")
        values = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        if any(value is _MARK for value in values):
            raise ValueError("a mark where a value belongs")
        return values

    def _since_mark(self) -> list[Any]:
        start = len(self._stack) - 1
        while self._stack[start] is not _MARK:
            start -= 1
            if start < 0:
                raise ValueError("a mark is missing")
        values = self._stack[start + 1 :]
        del self._stack[start:]
        return values

    def _mark(self, _: Any) -> None:
        self._stack.append(_MARK)

    def _stop(self, _: Any) -> None:
        """Do nothing: the stream ends here."""

    def _append(self, _: Any) -> None:
        self._extend_list(self._pop(1))

    def _appends(self, _: Any) -> None:
        self._extend_list(self._since_mark())

    def _extend_list(self, values: list[Any]) -> None:
        target = self._top()
        if type(target) is not list:
            raise ValueError("something is appended to what is no list")
        target += values

    def _set_item(self, _: Any) -> None:
        self._update(self._pop(2))

    def _set_items(self, _: Any) -> None:
        self._update(self._since_mark())

    def _update(self, values: list[Any]) -> None:
        target = self._top()
        if type(target) is not dict:
            raise ValueError("an item is set in what is no dictionary")
        target.update(_as_dict(values))

    def _add_items(self, _: Any) -> None:
        values, target = self._since_mark(), self._top()
        if type(target) is not set:
            raise ValueError("an item is added to what is no set")
        target |= _as_set(values)

    def _global(self, argument: Any) -> None:
        self._push_global(str(argument).replace(" ", ".", 1))

    def _stack_global(self, _: Any) -> None:
        module, name = self._pop(2)
        if type(module) is not str or type(name) is not str:
            raise PickleFault("its pickle would run code when loaded: it hides what it refers to")
        self._push_global(f"{module}.{name}")

    def _push_global(self, name: str) -> None:
        if name not in _STORAGES and name not in _CALLS:
            raise PickleFault(f"its pickle would run code when loaded: it refers to {name[:200]}")
        self._stack.append(_Global(name))

    def _persistent(self, _: Any) -> None:
        (reference,) = self._pop(1)
        kind, storage, key, location, count = reference
        if kind != "storage" or not isinstance(storage, _Global) or type(key) is not str or type(location) is not str:
            raise ValueError("a reference to something else than a storage")
        if storage.name not in _STORAGES:
            raise PickleFault(f"its storage {key!r} has the type {storage.name}, which no tensor has")
        self._stack.append(Storage(_STORAGES[storage.name], key, _size(count)))

    def _reduce(self, _: Any) -> None:
        function, arguments = self._pop(2)
        if not isinstance(function, _Global) or function.name not in _CALLS or type(arguments) is not tuple:
            raise PickleFault("its pickle would run code when loaded: it calls what is no function of a checkpoint")
        value = _CALLS[function.name](*arguments)
        if isinstance(value, Tensor):
            self.tensors.append(value)
        self._stack.append(value)

    def _build(self, _: Any) -> None:
        target, state = self._pop(2)
        if isinstance(target, _NumpyType) and type(state) is tuple and len(state) > 1:
            target = _NumpyType(target.code, "<" if state[1] in ("|", "=") else str(state[1]))
        elif type(target) is not dict or type(state) is not dict:  # what hangs on a dictionary is not needed
            raise PickleFault("its pickle would run code when loaded: it gives a state to what has none")
        self._stack.append(target)


def _checked_literal(value: Any) -> Any:
    if type(value) is int and value.bit_length() > 8 * _LONGEST_NUMBER:
        raise ValueError(f"a number has more than {_LONGEST_NUMBER} bytes")
    return value


def _as_dict(values: list[Any]) -> dict[Any, Any]:
    if len(values) % 2:
        raise ValueError("a key has no value")
    return dict(zip(_hashable(values[::2]), values[1::2], strict=True))


def _as_set(values: list[Any]) -> set[Any]:
    return set(_hashable(values))


def _hashable(keys: list[Any]) -> list[Any]:
    """See that keys are hashed at once: a tuple of the same tuple twice, thirty times over, is not."""
    for key in keys:
        if not isinstance(key, (str, int, float, bool, bytes, type(None))):
            raise PickleFault(f"its pickle has a {type(key).__name__.strip('_').lower()} as a key")
    return keys


def _size(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _LARGEST:
        raise ValueError("a size, an offset or a stride that is none")
    return value


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Tensor:
    if not isinstance(storage, Storage) or type(shape) is not tuple or type(strides) is not tuple:
        raise ValueError("a tensor without a storage")
    sizes, steps = tuple(map(_size, shape)), tuple(map(_size, strides))
    if len(sizes) != len(steps) or len(sizes) > _MOST_AXES:
        raise ValueError("a tensor whose shape and strides do not match")
    tensor = Tensor(storage, _size(offset), sizes, steps)
    last = tensor.offset + sum((size - 1) * step for size, step in zip(sizes, steps, strict=True))
    if 0 not in sizes and last >= storage.count:
        raise PickleFault(f"a tensor reaches beyond its storage {storage.key!r} of {storage.count:,} numbers")
    return tensor


def _parameter(tensor: Any, *_: Any) -> Tensor:
    if not isinstance(tensor, Tensor):
        raise ValueError("a parameter that is no tensor")
    return tensor


def _numpy_type(code: Any, *_: Any) -> _NumpyType:
    if code not in _NUMPY_SCALARS:
        raise PickleFault(f"its pickle has a NumPy scalar of the type {str(code)[:20]!r}, which is no number")
    return _NumpyType(code)


def _numpy_scalar(kind: Any, content: Any) -> Any:
    if not isinstance(kind, _NumpyType) or type(content) is not bytes or kind.order not in ("<", ">"):
        raise ValueError("a NumPy scalar that is none")
    try:
        return struct.unpack(kind.order + _NUMPY_SCALARS[kind.code], content)[0]
    except struct.error as error:
        raise ValueError("a NumPy scalar of another size") from error


def _encode(text: Any, encoding: Any) -> bytes:
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise ValueError("bytes in an unknown encoding")
    return text.encode("latin-1")


def _empty(kind: type) -> Callable[..., Any]:
    def make(*arguments: Any) -> Any:
        if arguments:
            raise ValueError(f"a {kind.__name__} is made of something")
        return kind()

    return make


def _set_of(values: Any) -> set[Any]:
    if type(values) is not list:
        raise ValueError("a set that is made of something else than a list")
    return _as_set(values)


def _shape(values: Any) -> tuple[Any, ...]:
    if type(values) is not tuple:
        raise ValueError("a size that is made of something else than a tuple")
    return values


_CALLS: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _empty(dict),
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.Size": _shape,
    "numpy.dtype": _numpy_type,
    "numpy.core.multiarray.scalar": _numpy_scalar,
    "numpy._core.multiarray.scalar": _numpy_scalar,
    "_codecs.encode": _encode,
    **{f"{module}.bytes": _empty(bytes) for module in ("builtins", "__builtin__")},
    **{f"{module}.set": _set_of for module in ("builtins", "__builtin__")},
    **{f"{module}.frozenset": _set_of for module in ("builtins", "__builtin__")},
}
"""What a pickle may call, and what is done instead."""

ALLOWED_GLOBALS = frozenset(_STORAGES) | frozenset(_CALLS)
"""Everything that such a pickle refers to."""

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_LITERALS = frozenset(
    ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "FLOAT", "BINFLOAT")
    + ("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8")
)
_EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple, "EMPTY_SET": set}
_FROM_MARK: dict[str, Callable[[list[Any]], Any]] = {
    "TUPLE": tuple,
    "LIST": list,
    "DICT": _as_dict,
    "FROZENSET": _as_set,
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_METHODS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _Machine._mark,
    "STOP": _Machine._stop,
    "APPEND": _Machine._append,
    "APPENDS": _Machine._appends,
    "SETITEM": _Machine._set_item,
    "SETITEMS": _Machine._set_items,
    "ADDITEMS": _Machine._add_items,
    "GLOBAL": _Machine._global,
    "STACK_GLOBAL": _Machine._stack_global,
    "BINPERSID": _Machine._persistent,
    "REDUCE": _Machine._reduce,
    "BUILD": _Machine._build,
}
