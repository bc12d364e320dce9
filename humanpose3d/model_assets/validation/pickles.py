"""Read the pickle of a checkpoint without unpickling: a machine that knows tensors, plain containers, NumPy scalars.

The standard library decodes the opcodes; this interprets the few that such a pickle needs. Nothing is imported or
called. Whatever else a stream asks for is a :class:`PickleFault` that names it.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterator
from typing import Any

from humanpose3d.model_assets.validation.pickle_values import (
    CALLS,
    STORAGES,
    Global,
    NumpyType,
    PickleFault,
    Storage,
    Tensor,
    as_dict,
    as_set,
    as_storage,
    require,
)

__all__ = ["ALLOWED_GLOBALS", "read_pickle"]

ALLOWED_GLOBALS = frozenset(STORAGES) | frozenset(CALLS)
"""Everything that the pickle of a checkpoint refers to."""

_LONGEST_NUMBER = 255  # bytes, or digits in a text
_FRAME_HEAD = 9  # bytes of the opcode and the length of the frame that follows


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
            frame_end = position + _FRAME_HEAD + int(argument or 0)
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
        if len(self._stack) != 1 or isinstance(self._stack[0], (Global, NumpyType, Storage)):
            raise PickleFault("its pickle is damaged (it does not end with one value)")
        return self._stack[0]

    def _top(self) -> Any:
        value = self._stack[-1]
        require(value is not _MARK, "a mark where a value belongs")
        return value

    def _pop(self, count: int) -> list[Any]:
        require(len(self._stack) >= count, "nothing is left on its stack")
        values = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        require(all(value is not _MARK for value in values), "a mark where a value belongs")
        return values

    def _since_mark(self) -> list[Any]:
        start = len(self._stack) - 1
        while self._stack[start] is not _MARK:
            require(start > 0, "a mark is missing")
            start -= 1
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
        require(type(target) is list, "something is appended to what is no list")
        target += values

    def _set_item(self, _: Any) -> None:
        self._update(self._pop(2))

    def _set_items(self, _: Any) -> None:
        self._update(self._since_mark())

    def _update(self, values: list[Any]) -> None:
        target = self._top()
        require(type(target) is dict, "an item is set in what is no dictionary")
        target.update(as_dict(values))

    def _add_items(self, _: Any) -> None:
        values, target = self._since_mark(), self._top()
        require(type(target) is set, "an item is added to what is no set")
        target |= as_set(values)

    def _global(self, argument: Any) -> None:
        self._push_global(str(argument).replace(" ", ".", 1))

    def _stack_global(self, _: Any) -> None:
        module, name = self._pop(2)
        if type(module) is not str or type(name) is not str:
            raise PickleFault("its pickle would run code when loaded: it hides what it refers to")
        self._push_global(f"{module}.{name}")

    def _push_global(self, name: str) -> None:
        if name not in STORAGES and name not in CALLS:
            raise PickleFault(f"its pickle would run code when loaded: it refers to {ascii(name[:200])[1:-1]}")
        self._stack.append(Global(name))

    def _persistent(self, _: Any) -> None:
        self._stack.append(as_storage(*self._pop(1)))

    def _reduce(self, _: Any) -> None:
        function, arguments = self._pop(2)
        if not isinstance(function, Global) or function.name not in CALLS or type(arguments) is not tuple:
            raise PickleFault("its pickle would run code when loaded: it calls what is no function of a checkpoint")
        value = CALLS[function.name](*arguments)
        if isinstance(value, Tensor):
            self.tensors.append(value)
        self._stack.append(value)

    def _build(self, _: Any) -> None:
        target, state = self._pop(2)
        if isinstance(target, NumpyType) and type(state) is tuple and len(state) > 1:
            target = NumpyType(target.code, "<" if state[1] in ("|", "=") else str(state[1]))
        elif type(target) is not dict or type(state) is not dict:  # what hangs on a dictionary is not needed
            raise PickleFault("its pickle would run code when loaded: it gives a state to what has none")
        self._stack.append(target)


def _checked_literal(value: Any) -> Any:
    if type(value) is int:
        require(value.bit_length() <= 8 * _LONGEST_NUMBER, f"a number has more than {_LONGEST_NUMBER} bytes")
    return value


_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_LITERALS = frozenset(
    {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "FLOAT", "BINFLOAT"}
    | {"UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8"}
)
_EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple, "EMPTY_SET": set}
_FROM_MARK: dict[str, Callable[[list[Any]], Any]] = {
    "TUPLE": tuple,
    "LIST": list,
    "DICT": as_dict,
    "FROZENSET": as_set,
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
