"""PyTorch ``.pth`` checkpoints: a zip archive whose pickle may name tensors and plain data, nothing else."""

from __future__ import annotations

import pickletools
from collections.abc import Iterator
from pathlib import Path

from humanpose3d.model_assets.validation.archive import find_archive_fault, find_directory_fault, open_archive

_STORAGES = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
_DTYPES = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")

ALLOWED_GLOBALS = frozenset(
    {
        "collections.OrderedDict",
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        "torch.Size",
        "torch.device",
        "torch.storage.UntypedStorage",
        "torch.storage.TypedStorage",
        "numpy.ndarray",
        "numpy.dtype",
        "numpy.core.multiarray._reconstruct",
        "numpy.core.multiarray.scalar",
        "numpy._core.multiarray._reconstruct",
        "numpy._core.multiarray.scalar",
        "numpy.core.numeric._frombuffer",
        "numpy._core.numeric._frombuffer",
        "_codecs.encode",
    }
    | {f"torch.{kind}Storage" for kind in _STORAGES}
    | {f"torch.{dtype}" for dtype in _DTYPES}
    | {
        f"{module}.{name}"
        for module in ("builtins", "__builtin__")
        for name in ("set", "frozenset", "bytes", "bytearray", "complex")
    }
)
"""Everything that a pickle of tensors, plain containers and NumPy scalars and arrays refers to."""

# Opcodes that import something without naming it in the stream, or call it in the old way.
_OPAQUE_OPCODES = frozenset({"INST", "OBJ", "EXT1", "EXT2", "EXT4"})
_STRING_OPCODES = frozenset(
    {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "STRING", "BINSTRING", "SHORT_BINSTRING"}
)
_STORE_OPCODES = frozenset({"MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"})
_FETCH_OPCODES = frozenset({"GET", "BINGET", "LONG_BINGET"})
_TUPLE_OPCODES = frozenset({"TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"})
_LARGEST_TUPLE = 256  # the largest in a published one has 11
_FRAME_HEAD = 9  # bytes of the opcode and the length of the frame that follows
_LARGEST_PICKLE = 1 << 20  # read opcode by opcode; the largest published one has 66 kB


def find_checkpoint_fault(path: Path) -> str | None:
    """Say what is wrong with the checkpoint at `path`; None where nothing is. Nothing is unpickled."""
    if fault := find_directory_fault(path):
        return fault
    archive = open_archive(path)
    if isinstance(archive, str):
        return archive
    with archive:
        pickles = [name for name in archive.namelist() if name.rpartition("/")[2].lower() == "data.pkl"]
        if len(pickles) != 1:
            return f"it is a zip archive with {len(pickles)} data.pkl in it, where a checkpoint has one"
        if (size := archive.getinfo(pickles[0]).file_size) > _LARGEST_PICKLE:
            return f"its pickle has {size:,} bytes, where at most {_LARGEST_PICKLE:,} are possible"
        if fault := find_archive_fault(archive, path.stat().st_size):
            return fault
        return find_pickle_fault(archive.read(pickles[0]))


def find_pickle_fault(stream: bytes) -> str | None:
    """Say what in a pickle stream has no place in a checkpoint; None where nothing has."""
    try:
        names = list_globals(stream)
    except (ValueError, EOFError, IndexError, UnicodeError) as error:
        return f"its pickle is damaged ({error})"
    foreign = sorted(names - ALLOWED_GLOBALS)
    if foreign:
        return f"its pickle would run code when loaded: it refers to {', '.join(foreign)}"
    if (size := largest_tuple(stream)) > _LARGEST_TUPLE:
        return f"its pickle has a tuple of {size:,} parts within parts, where at most {_LARGEST_TUPLE:,} are possible"
    return None


def largest_tuple(stream: bytes) -> int:
    """Count what is in the largest tuple that a pickle stream makes, and in the tuples in it, again wherever it recurs.

    A tuple of the same tuple twice, thirty times over, takes a hundred bytes. As the key of a dictionary Python hashes
    each of its billion parts, and answers no Ctrl-C until that is done.
    """
    stack: list[int] = []
    marks: list[int] = []
    memo: dict[int, int] = {}
    largest = 0
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name in _STORE_OPCODES:
            memo[len(memo) if argument is None else _index(argument)] = stack[-1] if stack else 1
            continue
        if opcode.name in _FETCH_OPCODES:
            stack.append(memo.get(_index(argument), 1))
            continue
        before = opcode.stack_before
        if pickletools.markobject in before:
            start = max((marks.pop() if marks else 0) - before.index(pickletools.markobject), 0)
        else:
            start = max(len(stack) - len(before), 0)
        size = 1 + sum(stack[start:]) if opcode.name in _TUPLE_OPCODES else 1
        del stack[start:]
        for made in opcode.stack_after:
            if made is pickletools.markobject:
                marks.append(len(stack))
            else:
                stack.append(size)
        largest = max(largest, size)
    return largest


def list_globals(stream: bytes) -> set[str]:
    """List everything that a pickle stream would import, as ``module.name``, by reading its opcodes.

    Raises
    ------
    ValueError
        If the stream is no complete pickle.
    """
    found: set[str] = set()
    # STACK_GLOBAL takes its two names from the stack. Picklers push them (or fetch them from the memo) right before
    # it; a stream that gets them there in any other way hides what it imports, and is reported as "?".
    pushed: list[str | None] = []
    memo: dict[int, str | None] = {}
    for name, argument in _opcodes(stream):
        if name in _STORE_OPCODES:
            memo[len(memo) if argument is None else _index(argument)] = pushed[-1] if pushed else None
        elif name in _STRING_OPCODES:
            pushed.append(str(argument))
        elif name in _FETCH_OPCODES:
            pushed.append(memo.get(_index(argument)))
        else:
            found |= _imports(name, argument, pushed[-2:])
            pushed.append(None)
    return found


def _opcodes(stream: bytes) -> Iterator[tuple[str, object]]:
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
            frame_end = position + _FRAME_HEAD + _index(argument)
        elif opcode.name != "PROTO":
            yield opcode.name, argument
    if stream[position + 1 :].strip(b"\0"):
        raise ValueError("there are bytes after its end")


def _index(argument: object) -> int:
    return argument if isinstance(argument, int) else int(str(argument))


def _imports(opcode: str, argument: object, pushed: list[str | None]) -> set[str]:
    if opcode == "GLOBAL":
        return {str(argument).replace(" ", ".", 1)}
    if opcode == "STACK_GLOBAL":
        module, name = ([None, None, *pushed])[-2:]
        return {f"{module}.{name}" if module and name else "?"}
    if opcode in _OPAQUE_OPCODES:
        return {f"{opcode} {'' if argument is None else argument}".strip()}
    return set()
