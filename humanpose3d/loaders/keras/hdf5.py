"""Read an untrusted Keras HDF5 file: only its own bytes, and no more than asked for.

HDF5 files can point into other files (external links, external and virtual data) and run filters on data; a Keras
model does neither, so whatever does is refused.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
from h5py import h5a, h5d, h5o, h5t

from humanpose3d.loaders.keras.architecture import Graph, ModelFault, read_architecture, shown, shown_shape
from humanpose3d.loaders.keras.layers import Weights
from humanpose3d.loaders.keras.planning import Plan, WeightShapes, plan_graph

_MAX_ATTRIBUTE_BYTES = 1 << 24
_MAX_OBJECTS = 20_000
_MAX_CHUNKS = 100


def read_keras_file(path: Path) -> tuple[Graph, Plan, dict[str, Weights]]:
    """Read and check the graph, the plan and the weights of a model, by layer, before anything is built.

    ModelFault says that the file has links, or other content than expected, and any other error that it is no HDF5
    file, or damaged.
    """
    with h5py.File(path, "r", locking=False) as file:
        _refuse_links(file)
        graph = read_architecture(_read_configuration(file))
        plan = plan_graph(graph)
        weighty = {name: layer.weights for name, layer in plan.layers.items() if layer.weights}
        return graph, plan, {name: _read_weights(file, name, shapes) for name, shapes in weighty.items()}


def _read_configuration(file: h5py.File) -> Any:
    """Return the decoded ``model_config``."""
    if "model_config" not in file.attrs:
        raise ModelFault("it holds no model_config, so perhaps weights alone")
    text = _read_attribute(file, "model_config")
    try:
        return json.loads(text if isinstance(text, (str, bytes)) else "")
    except (ValueError, RecursionError) as error:
        raise ModelFault("its model_config is no valid JSON") from error


def _read_weights(file: h5py.File, layer: str, expected: WeightShapes) -> Weights:
    """Read the weights of a layer, which have the order of its ``weight_names``."""
    root = file.get("model_weights")
    group = root.get(layer) if isinstance(root, h5py.Group) else None
    if not isinstance(group, h5py.Group):
        raise ModelFault(f"it has no weights of the layer {shown(layer)}")
    names = _read_names(group, "weight_names")
    # Keras 2 ends the names in ":0".
    roles = [name.rpartition("/")[2].removesuffix(":0") for name in names]
    if roles != [role for role, _ in expected]:
        wanted = ", ".join(role for role, _ in expected)
        raise ModelFault(f"the weights of its layer {shown(layer)} are {shown(roles)}, not {wanted}")
    return [_read_array(group, name, shape) for name, (_, shape) in zip(names, expected, strict=True)]


def _refuse_links(file: h5py.File) -> None:
    """Walk through all groups, each once, without following anything but hard links."""
    pending, seen, objects = [file], set(), 0
    while pending:
        group = pending.pop()
        for name in group:
            objects += 1
            if objects > _MAX_OBJECTS:
                raise ModelFault(f"it has more than {_MAX_OBJECTS:,} parts")
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise ModelFault(f"its part {shown(name)} is an external link, to {shown(link.filename)}")
            if not isinstance(link, h5py.HardLink):
                raise ModelFault(f"its part {shown(name)} is a soft link")
            info = h5o.get_info(group.id, name.encode())
            if info.type == h5o.TYPE_GROUP and info.addr not in seen:
                seen.add(info.addr)
                pending.append(group[name])


def _read_attribute(item: h5py.Group, name: str) -> Any:
    """Read an attribute of text, or an empty one."""
    attribute = h5a.open(item.id, name.encode())
    if attribute.get_space().get_simple_extent_npoints() == 0:
        return []
    if attribute.get_storage_size() > _MAX_ATTRIBUTE_BYTES or attribute.get_type().get_class() != h5t.STRING:
        raise ModelFault(f"its attribute {name} is no text of a reasonable length")
    return item.attrs[name]


def _read_names(group: h5py.Group, key: str) -> list[str]:
    """Read a list of names, which Keras splits into key0, key1, … where it is long."""
    if key in group.attrs:
        parts = [_read_attribute(group, key)]
    else:
        numbered = (f"{key}{number}" for number in range(_MAX_CHUNKS))
        parts = [_read_attribute(group, name) for name in numbered if name in group.attrs]
    names = [name for part in parts for name in np.atleast_1d(part).tolist()]
    try:
        return [name.decode() if isinstance(name, bytes) else str(name) for name in names]
    except UnicodeDecodeError as error:
        raise ModelFault(f"its {key} are no text") from error


def _read_array(group: h5py.Group, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    item = group.get(name)
    if not isinstance(item, h5py.Dataset):
        raise ModelFault(f"it has no array {shown(name)}")
    if item.shape != shape:
        found = shown_shape(item.shape) if item.shape is not None else "nothing"
        raise ModelFault(f"its array {shown(name)} is {found}, not {shown_shape(shape)} as its configuration says")
    if item.dtype.kind != "f" or item.dtype.itemsize > 8:
        raise ModelFault(f"its array {shown(name)} holds {item.dtype}, not floating-point numbers")
    created = item.id.get_create_plist()
    plain = created.get_layout() in (h5d.COMPACT, h5d.CONTIGUOUS) and created.get_external_count() == 0
    if not plain or item.id.get_storage_size() != math.prod(shape) * item.dtype.itemsize:
        raise ModelFault(f"its array {shown(name)} is not stored whole and plain in the file itself")
    values: npt.NDArray[np.float32] = np.ascontiguousarray(item[()], np.float32)
    if not np.isfinite(values).all():
        raise ModelFault(f"its array {shown(name)} has values that are not finite")
    return values
