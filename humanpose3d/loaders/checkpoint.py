"""Read a ``.pth`` checkpoint that may come from anyone: nothing in it is run, and nothing absurd is allocated."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from humanpose3d.errors import ModelLoadError, explained_imports
from humanpose3d.loaders.networks.plan import Config, PlanError, Shapes, describe, show_shape

if TYPE_CHECKING:
    import torch

__all__ = ["CheckpointFile", "load_network"]

_LARGEST_FILE = 256 << 20  # bytes, packed and unpacked; the largest published checkpoint has 31 MiB
_WEIGHT_KEYS = ("model_state_dict", "model")
# Narrower than the resolver's list: torch itself would call some of the others with any size that the file states.
_STORAGES = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
_CALLED = frozenset(
    {
        "collections.OrderedDict",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        "torch.Size",
        *(f"torch.{kind}Storage" for kind in _STORAGES),
    }
)

Plan = TypeVar("Plan")
Network = TypeVar("Network", bound="torch.nn.Module")


@dataclass(frozen=True)
class CheckpointFile:
    """A checkpoint on disk; :meth:`open` sees that it is one.

    Attributes
    ----------
    path : Path
        The file.
    model : str
        Name of the model that it ought to be, as the resolver knows it.
    """

    path: Path
    model: str

    @classmethod
    def open(cls, model: str, path: Path | None) -> CheckpointFile:
        """Check the structure of the file at `path`, without torch; None asks the resolver for `model`.

        Raises
        ------
        humanpose3d.model_assets.IntegrityError
            The file is something else, damaged, far too large, or would run code.
        ModelLoadError
            It cannot be read.
        """
        from humanpose3d.model_assets import IntegrityError, get_model_path

        file = cls(get_model_path(model) if path is None else Path(path), model)
        try:
            fault = _find_fault(file.path)
        except OSError as error:
            file.refuse(f"it cannot be read ({error.strerror or error})", error)
        if fault:
            raise IntegrityError(file._sentence(fault), reason=fault, path=str(file.path))
        return file

    def refuse(self, fault: str, cause: BaseException | None = None) -> NoReturn:
        """Raise `ModelLoadError` with a sentence that names the file, the fault and the remedy."""
        raise ModelLoadError(self._sentence(fault)) from cause

    def read(self) -> dict[str, Any]:
        """Return what is stored, tensors on the processor.

        Raises
        ------
        ModelLoadError
            Torch cannot read it, or it holds something else than a dictionary.
        """
        with explained_imports("torch"):
            import torch
        try:
            stored = torch.load(self.path, map_location="cpu", weights_only=True)
        except Exception as error:  # noqa: BLE001
            # Torch's reader fails in as many ways as there are damaged files; all mean the same to a user.
            reason = (str(error).splitlines() or [""])[0].strip() or type(error).__name__
            self.refuse(f"torch cannot read it ({reason[:200]})", error)
        if not isinstance(stored, dict):
            self.refuse(f"it holds a {type(stored).__name__}, not a dictionary")
        return stored

    def _sentence(self, fault: str) -> str:
        return (
            f"{self.path} is not a checkpoint of the model {self.model}: {fault}; "
            f"remove it and fetch it again with: humanpose3d models download {self.model}"
        )


def load_network(
    file: CheckpointFile,
    plan: Callable[[Shapes, Config], Plan],
    build: Callable[[Plan], Network],
    constants: Mapping[str, Sequence[int]] | None = None,
) -> Network:
    """Load a network, whose sizes are those of the stored tensors.

    Parameters
    ----------
    file : CheckpointFile
        Where it is stored.
    plan : callable
        Derives the sizes from the shapes of the tensors, and compares them with what else is stored.
    build : callable
        Makes a network of these sizes. It is called without allocating memory for tensors.
    constants : mapping, optional
        Tensors that must have these very values, because others would point outside of arrays.

    Raises
    ------
    ModelLoadError
        As :meth:`CheckpointFile.read`, or the content is not such a network.
    """
    checkpoint = file.read()
    import torch

    try:
        weights = _pick_weights(checkpoint)
        _check_storage(weights)
        shapes = {name: tuple(tensor.shape) for name, tensor in weights.items()}
        sizes = plan(shapes, {key: value for key, value in checkpoint.items() if isinstance(key, str)})
        with torch.device("meta"):
            network = build(sizes)
        _check_tensors(weights, network.state_dict())
        _check_constants(weights, constants or {})
    except PlanError as error:
        file.refuse(str(error), error)
    network.load_state_dict(weights, assign=True)
    return network.eval().requires_grad_(False)


def _find_fault(path: Path) -> str | None:
    """Say what is wrong with the file, before torch sees it; its size comes first, as all else reads it whole."""
    from humanpose3d.model_assets.validation import find_fault
    from humanpose3d.model_assets.validation.checkpoint import list_globals

    if fault := _find_excess(path):
        return fault
    if fault := find_fault(path, ".pth"):
        return fault
    with zipfile.ZipFile(path) as archive:
        pickles = [name for name in archive.namelist() if name.rpartition("/")[2].lower() == "data.pkl"]
        foreign = sorted(list_globals(archive.read(pickles[0])) - _CALLED)
    return f"its pickle refers to {', '.join(foreign)}, which no such checkpoint does" if foreign else None


def _find_excess(path: Path) -> str | None:
    from humanpose3d.model_assets.validation.archive import find_directory_fault

    size = path.stat().st_size
    if size <= _LARGEST_FILE:
        if find_directory_fault(path):
            return None  # find_fault says better what it is
        try:
            with zipfile.ZipFile(path) as archive:
                size = sum(member.file_size for member in archive.infolist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return None
    return f"it has {size:,} bytes, where at most {_LARGEST_FILE:,} are possible" if size > _LARGEST_FILE else None


def _pick_weights(checkpoint: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Return the named tensors, which are stored under one of two keys."""
    import torch

    key = next((key for key in _WEIGHT_KEYS if key in checkpoint), None)
    if key is None:
        raise PlanError(f"it has neither {' nor '.join(_WEIGHT_KEYS)}")
    weights = checkpoint[key]
    if not isinstance(weights, dict):
        raise PlanError(f"its {key} is {describe(weights)}, not a dictionary of tensors")
    for name, tensor in weights.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor):
            raise PlanError(f"its {key} has {describe(tensor)} under {name!r}, where tensors with names belong")
    return weights


def _check_storage(weights: Mapping[str, torch.Tensor]) -> None:
    """See that every tensor has bytes of its own: a view can claim any shape over a single number."""
    for name, tensor in weights.items():
        if not tensor.is_contiguous() or tensor.device.type != "cpu":
            raise PlanError(f"its tensor {name} is a view of others")
    if sum(tensor.nbytes for tensor in weights.values()) > _LARGEST_FILE:
        raise PlanError(f"its tensors claim more than {_LARGEST_FILE:,} bytes")


def _check_tensors(weights: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor]) -> None:
    """Compare names, shapes and types, and see that all numbers are finite."""
    if missing := sorted(expected.keys() - weights.keys()):
        raise PlanError(f"it has no tensor {_some(missing)}")
    if extra := sorted(weights.keys() - expected.keys()):
        raise PlanError(f"it has tensors that no such network has: {_some(extra)}")
    for name, wanted in expected.items():
        tensor = weights[name]
        if tensor.shape != wanted.shape:
            shapes = show_shape(tuple(tensor.shape)), show_shape(tuple(wanted.shape))
            raise PlanError(f"its tensor {name} has the shape {shapes[0]}, not {shapes[1]}")
        if tensor.dtype != wanted.dtype:
            raise PlanError(f"its tensor {name} is {_type(tensor)}, not {_type(wanted)}")
        if not bool(tensor.isfinite().all()):
            raise PlanError(f"its tensor {name} has values that are not finite")


def _check_constants(weights: Mapping[str, torch.Tensor], constants: Mapping[str, Sequence[int]]) -> None:
    for name, values in constants.items():
        if name in weights and weights[name].tolist() != list(values):
            raise PlanError(f"its tensor {name} is not what it is in every such network")


def _type(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _some(names: Sequence[str]) -> str:
    """List the first few of many names."""
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
