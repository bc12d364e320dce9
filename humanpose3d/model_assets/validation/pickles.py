"""Read the pickle of a checkpoint without unpickling: a machine that knows tensors, plain containers, NumPy scalars.

The standard library decodes the opcodes; this interprets the few that such a pickle needs. Nothing is imported or
called. Whatever else a stream asks for is a :class:`FileFault` that names it.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator
from typing import Any, TypeVar

from humanpose3d.model_assets.validation.disguise import FileFault
from humanpose3d.model_assets.validation.pickle_values import (
    CALLS,
    STORAGES,
    Global,
    NumpyType,
    Storage,
    Tensor,
    as_dict,
    as_set,
    as_storage,
    require,
)

ALLOWED_GLOBALS = frozenset(STORAGES) | frozenset(CALLS)
"""Everything that the pickle of a checkpoint refers to."""

_LONGEST_NUMBER = 255  # bytes, or digits in a text
_FRAME_HEAD = 9  # bytes of the opcode and the length of the frame that follows
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: dict[str, type[Any]] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple, "EMPTY_SET": set}
_LITERALS = frozenset(
    {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "FLOAT", "BINFLOAT"}
    | {"UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8"}
)
_MARK = object()
_Container = TypeVar("_Container", list[Any], dict[Any, Any], set[Any])


def read_pickle(stream: bytes) -> tuple[Any, list[Tensor]]:
    """Return what a pickle holds, and all tensors in it; FileFault where it is damaged or asks for anything else.

    Tensors become :class:`Tensor`, ordered dictionaries plain ones, sizes tuples, NumPy scalars Python's numbers.
    """
    machine = _Machine()
    try:
        for name, argument in _opcodes(stream):
            machine.step(name, argument)
    except FileFault:
        raise
    except (ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise FileFault(f"its pickle is damaged ({str(error)[:100]})") from error
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
        """Execute one opcode; those that checkpoints are full of come first."""
        push = self._stack.append
        match name:
            case "BINGET" | "LONG_BINGET" | "GET":
                push(self._memo[int(argument)])
            case "BINPUT" | "LONG_BINPUT" | "PUT":
                self._memo[int(argument)] = self._top()
            case "MEMOIZE":
                self._memo[len(self._memo)] = self._top()
            case _ if name in _LITERALS:
                too_long = type(argument) is int and argument.bit_length() > 8 * _LONGEST_NUMBER
                require(not too_long, f"a number has more than {_LONGEST_NUMBER} bytes")
                push(argument)
            case "MARK":
                push(_MARK)
            case "TUPLE":
                push(tuple(self._since_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                push(tuple(self._pop(int(name[-1]))))
            case "BINPERSID":
                push(as_storage(*self._pop(1)))
            case "REDUCE":
                push(self._call(*self._pop(2)))
            case _ if name in _CONSTANTS:
                push(_CONSTANTS[name])
            case _ if name in _EMPTY:
                push(_EMPTY[name]())
            case "LIST":
                push(self._since_mark())
            case "DICT":
                push(as_dict(self._since_mark()))
            case "FROZENSET":
                push(as_set(self._since_mark()))
            case "APPEND" | "APPENDS":
                values = self._pop(1) if name == "APPEND" else self._since_mark()
                self._container(list, "something is appended to what is no list").extend(values)
            case "SETITEM" | "SETITEMS":
                values = self._pop(2) if name == "SETITEM" else self._since_mark()
                self._container(dict, "an item is set in what is no dictionary").update(as_dict(values))
            case "ADDITEMS":
                values = self._since_mark()
                self._container(set, "an item is added to what is no set").update(as_set(values))
            case "GLOBAL":
                push(_global(*str(argument).split(" ", 1)))
            case "STACK_GLOBAL":
                push(_global(*self._pop(2)))
            case "BUILD":
                push(_built(*self._pop(2)))
            case "STOP":
                pass
            case _:
                raise FileFault(
                    f"its pickle would run code when loaded, or holds what no checkpoint does: opcode {name}"
                )

    def result(self) -> Any:
        """Return what is left at the end."""
        if len(self._stack) != 1 or isinstance(self._stack[0], (Global, NumpyType, Storage)):
            raise FileFault("its pickle is damaged (it does not end with one value)")
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

    def _container(self, kind: type[_Container], fault: str) -> _Container:
        target = self._top()
        if type(target) is not kind:
            raise FileFault(f"its pickle is damaged ({fault})")
        return target

    def _call(self, function: Any, arguments: Any) -> Any:
        if not isinstance(function, Global) or function.name not in CALLS or type(arguments) is not tuple:
            raise FileFault("its pickle would run code when loaded: it calls what is no function of a checkpoint")
        value = CALLS[function.name](*arguments)
        if isinstance(value, Tensor):
            self.tensors.append(value)
        return value


def _global(module: Any, name: Any) -> Global:
    if type(module) is not str or type(name) is not str:
        raise FileFault("its pickle would run code when loaded: it hides what it refers to")
    full = f"{module}.{name}"
    if full not in ALLOWED_GLOBALS:
        raise FileFault(f"its pickle would run code when loaded: it refers to {ascii(full[:200])[1:-1]}")
    return Global(full)


def _built(target: Any, state: Any) -> Any:
    if isinstance(target, NumpyType) and type(state) is tuple and len(state) > 1:
        return NumpyType(target.code, "<" if state[1] in ("|", "=") else str(state[1]))
    if type(target) is not dict or type(state) is not dict:  # what hangs on a dictionary is not needed
        raise FileFault("its pickle would run code when loaded: it gives a state to what has none")
    return target
