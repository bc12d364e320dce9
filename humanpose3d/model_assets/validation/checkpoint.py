"""PyTorch ``.pth`` checkpoints: a zip archive whose pickle may name tensors and plain data, nothing else."""

from __future__ import annotations

import pickletools
from pathlib import Path

from humanpose3d.model_assets.validation.archive import find_archive_fault, open_archive

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
    | {f"{module}.{name}" for module in ("builtins", "__builtin__") for name in ("set", "frozenset", "bytearray")}
)
"""Everything that a pickle of tensors, plain containers and NumPy scalars and arrays refers to."""

# Opcodes that import something without naming it in the stream, or call it in the old way.
_OPAQUE_OPCODES = frozenset({"INST", "OBJ", "EXT1", "EXT2", "EXT4"})
_STRING_OPCODES = frozenset(
    {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "STRING", "BINSTRING", "SHORT_BINSTRING"}
)
_STORE_OPCODES = frozenset({"MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"})
_FETCH_OPCODES = frozenset({"GET", "BINGET", "LONG_BINGET"})
_NEUTRAL_OPCODES = frozenset({"PROTO", "FRAME"})
_LARGEST_PICKLE = 64 << 20


def find_checkpoint_fault(path: Path) -> str | None:
    """Say what is wrong with the checkpoint at `path`; None where nothing is. Nothing is unpickled."""
    archive = open_archive(path)
    if isinstance(archive, str):
        return archive
    with archive:
        pickles = [name for name in archive.namelist() if name.rpartition("/")[2] == "data.pkl"]
        if len(pickles) != 1:
            return f"it is a zip archive with {len(pickles)} data.pkl in it, where a checkpoint has one"
        if fault := find_archive_fault(archive, path.stat().st_size):
            return fault
        if archive.getinfo(pickles[0]).file_size > _LARGEST_PICKLE:
            return "its pickle is too large for a checkpoint's"
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
    return None


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
    end = 0
    for opcode, argument, position in pickletools.genops(stream):
        end = position or 0
        name = opcode.name
        if name in _NEUTRAL_OPCODES:
            continue
        if name in _STORE_OPCODES:
            memo[len(memo) if argument is None else _index(argument)] = pushed[-1] if pushed else None
        elif name in _STRING_OPCODES:
            pushed.append(str(argument))
        elif name in _FETCH_OPCODES:
            pushed.append(memo.get(_index(argument)))
        else:
            found |= _imports(name, argument, pushed[-2:])
            pushed.append(None)
    if stream[end + 1 :].strip(b"\0"):
        raise ValueError("there are bytes after its end")
    return found


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
