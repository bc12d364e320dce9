"""Structure checks: real files pass, every kind of damage is named."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from humanpose3d.model_assets import MODELS
from humanpose3d.model_assets.validation import find_fault
from humanpose3d.model_assets.validation.checkpoint import read_checkpoint

ALL = list(MODELS.values())


@pytest.mark.parametrize("spec", ALL, ids=list(MODELS))
def test_real_models_pass(spec, models_checkout: Path) -> None:
    assert find_fault(models_checkout / spec.path, spec.suffix) is None


@pytest.mark.parametrize("name", ["depth", "joint", "refiner", "depth_infer", "depth_tiny", "refiner_tiny"])
def test_full_sized_checkpoints_pass(name: str, shared_data: Path) -> None:
    assert find_fault(shared_data / "checkpoints" / f"{name}.pth", ".pth") is None


@pytest.mark.parametrize("name", ["lower", "upper", "LSTM_whole", "lower_keras2style", "GRU"])
def test_keras_files_of_either_version_pass(name: str, shared_data: Path) -> None:
    assert find_fault(shared_data / "augmenter" / f"{name}.h5", ".h5") is None


DISGUISES = {
    "empty": b"",
    "Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 38409012\n",
    "HTML": b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html><body>Sign in</body></html>",
    "XML": b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "JSON": b'{"message": "Not Found"}',
    "zeros": bytes(5000),
}


@pytest.mark.parametrize("suffix", [".pth", ".task", ".h5"])
@pytest.mark.parametrize("name", DISGUISES)
def test_disguises_are_named_as_what_they_are(name: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(DISGUISES[name])
    assert name in (find_fault(path, suffix) or "")


@pytest.mark.parametrize("spec", ALL, ids=list(MODELS))
@pytest.mark.parametrize("share", [0.001, 0.3, 0.5, 0.999])
def test_every_truncation_is_found(spec, share: float, models_checkout: Path, tmp_path: Path) -> None:
    content = (models_checkout / spec.path).read_bytes()
    path = tmp_path / "file"
    path.write_bytes(content[: int(share * len(content))])
    assert find_fault(path, spec.suffix)


@given(position=st.floats(0, 1, exclude_max=True))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_byte_in_a_stored_tensor_is_found(position: float, models_checkout: Path, tmp_path: Path) -> None:
    source = models_checkout / MODELS["joint"].path
    content = bytearray(source.read_bytes())
    with zipfile.ZipFile(source) as archive:
        member = max(archive.infolist(), key=lambda info: info.file_size)
    start = member.header_offset + 30 + content[member.header_offset + 28] + len(member.filename)
    content[start + 256 + int(position * (member.file_size - 512))] ^= 0x10
    path = tmp_path / "file"
    path.write_bytes(content)
    assert "damaged" in (find_fault(path, ".pth") or "")


@pytest.mark.parametrize("spec", ALL, ids=list(MODELS))
def test_noise_is_no_model(spec, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(10_000))
    assert find_fault(path, spec.suffix)


def checkpoint(path: Path, stream: bytes, compression: int = zipfile.ZIP_STORED, extra: bytes = b"") -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("model/data.pkl", stream)
        archive.writestr("model/data/0", extra)
    return path


class RunsCode:
    def __reduce__(self):
        return os.system, ("echo this must never run",)


@pytest.mark.parametrize("protocol", range(6))
def test_a_checkpoint_that_runs_code_is_refused_by_name(protocol: int, tmp_path: Path) -> None:
    path = checkpoint(tmp_path / "m.pth", pickle.dumps({"epoch": 1, "model": RunsCode()}, protocol))
    assert f"{os.system.__module__}.system" in (find_fault(path, ".pth") or "")


def test_plain_containers_pass(tmp_path: Path) -> None:
    content = {"epoch": 3, "loss": 0.5, "config": {"d_model": 128, "names": ["a", ("b", None)], "on": True}}
    for protocol in range(2, 6):
        path = checkpoint(tmp_path / f"{protocol}.pth", pickle.dumps(content, protocol))
        assert find_fault(path, ".pth") is None


@pytest.mark.parametrize("protocol", range(2, 6))
def test_numpy_scalars_are_read_and_other_things_of_numpy_refused(protocol: int, tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy comes with the pipeline extra")

    def written(value: object) -> Path:
        return checkpoint(tmp_path / "m.pth", pickle.dumps({"loss": value}, protocol))

    for value in (numpy.float64(0.1), numpy.float32(0.1), numpy.int64(-3), numpy.uint8(200), numpy.bool_(True)):
        assert read_checkpoint(written(value)).content == {"loss": value.item()}
    assert "NumPy scalar of the type 'U4'" in (find_fault(written(numpy.str_("text")), ".pth") or "")
    for value in (numpy.arange(3.0), numpy.array([{}], object)):
        assert "it refers to numpy" in (find_fault(written(value), ".pth") or "")


def test_a_bomb_is_refused_unopened(tmp_path: Path) -> None:
    stream = pickle.dumps({})
    path = checkpoint(tmp_path / "m.pth", stream, zipfile.ZIP_DEFLATED, bytes(64 << 20))
    assert "unpack" in (find_fault(path, ".pth") or "")


def test_a_bare_pickle_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "m.pth"
    path.write_bytes(pickle.dumps({"a": 1}))
    assert find_fault(path, ".pth") == "it is no zip archive"


def test_any_other_zip_is_no_checkpoint(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "hello")
    path = tmp_path / "m.pth"
    path.write_bytes(buffer.getvalue())
    assert "data.pkl" in (find_fault(path, ".pth") or "")
    assert ".tflite" in (find_fault(path, ".task") or "")


def test_bytes_after_the_end_of_an_hdf5_file_are_found(models_checkout: Path, tmp_path: Path) -> None:
    path = tmp_path / "GRU.h5"
    path.write_bytes((models_checkout / "GRU.h5").read_bytes() + b"more")
    assert "4 bytes after its end" in (find_fault(path, ".h5") or "")
