"""Examine what a run needs beside its models: packages, system libraries, optional programs, the processor."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from humanpose3d.errors import LoaderError, PackageImportError, missing_library
from humanpose3d.model_assets.service.doctor import Finding
from humanpose3d.opensim.installed import require_opensim
from humanpose3d.report.html.pdf import find_chromium
from humanpose3d.threads import usable_cores

__all__ = ["examine_installation"]

_PACKAGES = ("mediapipe", "numpy", "scipy", "threadpoolctl", "av", "h5py", "matplotlib", "jinja2")
_INSTALL = "pip install 'humanpose3d[pipeline]'"
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def examine_installation() -> Iterator[Finding]:
    """Yield one finding after the other; nothing is fetched, and no package is imported.

    What is optional and not there is ``skipped``, with what it would be good for and how to get it.
    """
    yield _packages()
    yield _mediapipe()
    yield _browser()
    yield _pose2sim()
    yield _opensim()
    yield _processor()


def _packages() -> Finding:
    versions = {name: _version(name) for name in _PACKAGES}
    missing = [name for name, found in versions.items() if found is None]
    if len(missing) == len(_PACKAGES):
        return Finding(
            "packages", "skipped", "those of the pipeline are not installed; models can be fetched", _INSTALL
        )
    if missing:
        return Finding("packages", "problem", f"not installed: {', '.join(missing)}", f"Install them with: {_INSTALL}")
    return Finding("packages", "good", ", ".join(f"{name} {found}" for name, found in versions.items()))


def _mediapipe() -> Finding:
    """Load MediaPipe's native library, which needs libraries of the system."""
    found = find_spec("mediapipe")
    if found is None or found.origin is None:
        return Finding("MediaPipe's libraries", "skipped", "MediaPipe is not installed")
    files = [*Path(found.origin).parent.joinpath("tasks", "c").glob("libmediapipe.*")]
    if not files:
        return Finding("MediaPipe's libraries", "skipped", "this MediaPipe has none of its own")
    try:
        ctypes.CDLL(str(files[0]))
    except OSError as error:
        sentence, _, advice = str(missing_library("mediapipe", error) or error).partition("; ")
        return Finding("MediaPipe's libraries", "problem", sentence, advice)
    return Finding("MediaPipe's libraries", "good", "all system libraries that they need are there")


def _browser() -> Finding:
    if browser := find_chromium():
        return Finding("browser for PDF", "good", str(browser))
    advice = "Install Chromium, Chrome or Edge for 'humanpose3d report DIR --pdf', or print report.html in any browser."
    return Finding("browser for PDF", "skipped", "no Chromium, Chrome or Edge was found", advice)


def _pose2sim() -> Finding:
    """Find Pose2Sim's marker augmenter and what runs it."""
    if _version("numpy") is None:
        return Finding("Pose2Sim", "skipped", "without the packages of the pipeline it is of no use")
    from humanpose3d.loaders.pose2sim import pose2sim_model_files

    try:
        pose2sim_model_files()
    except LoaderError as error:
        sentence, _, advice = str(error).partition("; ")
        return Finding("Pose2Sim", "skipped", f"{sentence}; anatomical markers may be missing", advice)
    if _version("onnxruntime") is None:
        return Finding(
            "Pose2Sim", "skipped", "onnxruntime, which runs its models, is not installed", "pip install onnxruntime"
        )
    return Finding("Pose2Sim", "good", f"version {_version('pose2sim')}, with its marker augmenter")


def _opensim() -> Finding:
    try:
        require_opensim()
    except PackageImportError as error:
        sentence, _, advice = str(error).partition("; ")
        return Finding("OpenSim", "skipped", f"{sentence}; TRC and MOT files are written without it", advice)
    return Finding("OpenSim", "good", f"version {_version('opensim') or 'unknown'}, with Pose2Sim's model")


def _processor() -> Finding:
    usable, there = usable_cores(), os.cpu_count() or 1
    detail = f"{usable} core{'' if usable == 1 else 's'}"
    if usable < there:
        detail += f" of {there}, as this process was given"
    held = [f"{name}={value}" for name in _THREAD_VARIABLES if (value := os.environ.get(name))]
    return Finding("processor", "good", f"{detail}; threads: {', '.join(held) or 'one for each core'}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
