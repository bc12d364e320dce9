"""What torch writes is read bit for bit, whatever the types, strides and shared storages; or refused by name."""

from __future__ import annotations

import re
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.small_checkpoints import MAKERS, read_file, save

from humanpose3d.loaders.networks.plan import PlanError
from humanpose3d.model_assets.validation import find_fault

torch = pytest.importorskip("torch", reason="torch, which writes these files, is not installed")

TYPES = [
    torch.float64, torch.float32, torch.float16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8,
    torch.bool,
]  # fmt: skip


def written(content: object, folder: Path) -> Path:
    path = folder / "file.pth"
    torch.save(content, path)
    return path


@st.composite
def tensors(draw: st.DrawFn) -> Any:
    """Tensors of any bits, and views of them: transposed, sliced, expanded, reshaped to nothing."""
    dtype = draw(st.sampled_from(TYPES))
    shape = draw(st.lists(st.integers(0, 4), max_size=3))
    count = int(np.prod(shape, dtype=int))
    size = torch.empty((), dtype=dtype).element_size()
    bits = draw(st.binary(min_size=count * size, max_size=count * size))
    if dtype == torch.bool:
        bits = bytes(bit & 1 for bit in bits)
    flat = torch.frombuffer(bytearray(bits), dtype=dtype) if count else torch.empty(0, dtype=dtype)
    tensor = flat.reshape(shape)
    for _ in range(draw(st.integers(0, 2))):
        if tensor.ndim == 0:
            tensor = tensor.expand(draw(st.integers(0, 3)))
            continue
        axis = draw(st.integers(0, tensor.ndim - 1))
        change = draw(st.sampled_from(["transpose", "slice", "expand", "parameter"]))
        if change == "transpose":
            tensor = tensor.transpose(axis, 0)
        elif change == "slice":
            tensor = tensor.narrow(axis, 0, tensor.shape[axis])[draw(st.integers(0, 2)) :: draw(st.integers(1, 2))]
        elif change == "expand":
            tensor = tensor.unsqueeze(axis).expand(*tensor.shape[:axis], 2, *tensor.shape[axis:])
        elif tensor.dtype.is_floating_point:
            tensor = torch.nn.Parameter(tensor.detach())
    return tensor


def bits_of(array: np.ndarray) -> tuple[Any, ...]:
    return array.shape, array.dtype.name, np.ascontiguousarray(array).tobytes()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=8), tensors(), max_size=4), st.integers(2, 4))
def test_state_dicts_are_read_bit_for_bit(tmp_path: Path, state: dict[str, Any], protocol: int) -> None:
    shared = {**state, **{f"{name} again": tensor for name, tensor in state.items()}}
    path = tmp_path / "file.pth"
    torch.save({"model": shared, "shape": torch.Size([1, 2])}, path, pickle_protocol=protocol)
    found = read_file(path)
    assert found["shape"] == (1, 2)
    assert list(found["model"]) == list(shared)
    for name, tensor in shared.items():
        assert bits_of(found["model"][name]) == bits_of(tensor.detach().numpy())


def test_a_module_with_optimizer_and_scheduler(tmp_path: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    optimizer = torch.optim.AdamW(module.parameters())
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 5)
    module(torch.randn(6, 3)).sum().backward()
    optimizer.step()
    content = {"model": module.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
    path = written(content, tmp_path)
    assert find_fault(path, ".pth") is None
    found = read_file(path)
    for name, tensor in module.state_dict().items():
        assert bits_of(found["model"][name]) == bits_of(tensor.numpy())
    moment = optimizer.state_dict()["state"][0]["exp_avg"]
    assert bits_of(found["optimizer"]["state"][0]["exp_avg"]) == bits_of(moment.numpy())
    assert found["scheduler"]["T_max"] == 5


@pytest.mark.parametrize(
    ("tensor", "words"),
    [
        (torch.zeros(2, dtype=torch.complex64), "ComplexFloatStorage"),
        (torch.zeros(2, dtype=torch.uint16), "_rebuild_tensor_v3"),
        (torch.zeros(2).to_sparse(), "_rebuild_sparse_tensor"),
        (torch.zeros(2).untyped_storage(), "Storage"),
    ],
)
def test_other_kinds_of_tensors_are_refused_by_name(tensor: Any, words: str, tmp_path: Path) -> None:
    fault = find_fault(written({"model": tensor}, tmp_path), ".pth") or ""
    assert re.search(words, fault), fault


def test_bfloat16_is_refused_by_name_where_it_is_needed(tmp_path: Path) -> None:
    path = written({"model": {"weight": torch.zeros(3, dtype=torch.bfloat16)}}, tmp_path)
    assert find_fault(path, ".pth") is None
    with pytest.raises(PlanError, match="bfloat16"):
        read_file(path)


def test_the_format_before_zip_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    torch.save({"model": {"weight": torch.zeros(3)}}, path, _use_new_zipfile_serialization=False)
    assert find_fault(path, ".pth") == "it is no zip archive"


@pytest.mark.parametrize("model", list(MAKERS))
def test_torch_reads_what_our_own_writer_writes(model: str, tmp_path: Path) -> None:
    checkpoint = MAKERS[model]()
    found = torch.load(save(checkpoint, tmp_path / "file.pth"), weights_only=True)
    for key, value in checkpoint.items():
        assert type(found[key]) is type(value)
        if not isinstance(value, OrderedDict):
            assert found[key] == value
            continue
        for name, array in value.items():
            assert bits_of(found[key][name].numpy()) == bits_of(array)
