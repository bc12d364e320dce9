"""Load a network from an untrusted ``.pth`` checkpoint: nothing in it is run or unpickled."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from humanpose3d.errors import ModelLoadError
from humanpose3d.loaders.networks.plan import Config, Plan, PlanError, Shapes, Weights, describe
from humanpose3d.model_assets import IntegrityError, get_model_path
from humanpose3d.model_assets.validation.checkpoint import Checkpoint, read_checkpoint
from humanpose3d.model_assets.validation.disguise import FileFault
from humanpose3d.model_assets.validation.pickle_values import Tensor

_WEIGHT_KEYS = ("model_state_dict", "model")
_MOST_BYTES = 128 << 20  # of all tensors of a network together; the largest published one has 11 MB

Network = TypeVar("Network")


def load_network(
    model: str, path: Path | None, plan: Callable[[Shapes, Config], Plan], read: Callable[[Weights, Plan], Network]
) -> Network:
    """Load a network: `plan` derives its sizes from the shapes of the stored tensors, `read` makes it from them.

    Without a path the resolver is asked for `model`, which it fetches on first use. IntegrityError says that the file
    is something else, damaged, far too large, or would run code; ModelLoadError, that it cannot be read, or that its
    content is not such a network.
    """
    path = get_model_path(model) if path is None else Path(path)
    try:
        checkpoint = read_checkpoint(path)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            try:
                return _read_network(checkpoint, content, plan, read)
            except PlanError as error:
                fault = str(error)  # the error itself would keep views of the file, which is to be closed here
    except FileFault as error:
        raise IntegrityError(_sentence(model, path, str(error)), reason=str(error), path=str(path)) from error
    except OSError as error:
        raise ModelLoadError(_sentence(model, path, f"it cannot be read ({error.strerror or error})")) from error
    raise ModelLoadError(_sentence(model, path, fault))


def view_tensor(tensor: Tensor, starts: Mapping[str, int], content: mmap.mmap | bytes) -> npt.NDArray[Any]:
    """Return a tensor as a view of the file's bytes, with the strides that it was stored with.

    It lies within its storage; `starts` are those of the checkpoint, `content` is the whole file.
    """
    storage = tensor.storage
    if storage.dtype == "bfloat16":
        raise PlanError("one of its tensors is bfloat16, not float32")
    dtype = np.dtype(storage.dtype).newbyteorder("<")
    if 0 in tensor.shape:
        return np.empty(tensor.shape, dtype)
    if starts[storage.key] + storage.count * dtype.itemsize > len(content):
        raise PlanError("it was changed while it was read")
    elements = np.frombuffer(content, dtype, storage.count, starts[storage.key])
    strides = tuple(stride * dtype.itemsize for stride in tensor.strides)
    return np.lib.stride_tricks.as_strided(elements[tensor.offset :], tensor.shape, strides, writeable=False)


def _read_network(
    checkpoint: Checkpoint,
    content: mmap.mmap,
    plan: Callable[[Shapes, Config], Plan],
    read: Callable[[Weights, Plan], Network],
) -> Network:
    stored = checkpoint.content
    if not isinstance(stored, dict):
        raise PlanError(f"it holds {describe(stored)}, not a dictionary")
    tensors = _pick_tensors(stored)
    sizes = plan(
        {name: tensor.shape for name, tensor in tensors.items()},
        {key: value for key, value in stored.items() if isinstance(key, str)},
    )
    views = {name: view_tensor(tensor, checkpoint.starts, content) for name, tensor in tensors.items()}
    if sum(view.nbytes for view in views.values()) > _MOST_BYTES:
        raise PlanError(f"its tensors claim more than {_MOST_BYTES:,} bytes")
    weights = Weights(views)
    network = read(weights, sizes)
    weights.require_all_taken()
    return network


def _pick_tensors(stored: Mapping[Any, Any]) -> dict[str, Tensor]:
    """Return the named tensors, which are stored under one of two keys."""
    key = next((key for key in _WEIGHT_KEYS if key in stored), None)
    if key is None:
        raise PlanError(f"it has neither {' nor '.join(_WEIGHT_KEYS)}")
    tensors = stored[key]
    if not isinstance(tensors, dict):
        raise PlanError(f"its {key} is {describe(tensors)}, not a dictionary of tensors")
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise PlanError(f"its {key} has {describe(tensor)} under {describe(name)}, where named tensors belong")
    return tensors


def _sentence(model: str, path: Path, fault: str) -> str:
    return (
        f"{path} is not a checkpoint of the model {model}: {fault}; "
        f"remove it and fetch it again with: humanpose3d models download {model}"
    )
