import ctypes
import sys
from pathlib import Path

import pytest

from humanpose3d.errors import (
    LoaderError,
    MissingSystemLibraryError,
    PackageImportError,
    explained_imports,
    missing_library,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="the words of Linux's dynamic linker")


@linux
def test_the_linkers_own_words_are_understood() -> None:
    with pytest.raises(MissingSystemLibraryError) as caught, explained_imports("mediapipe"):
        ctypes.CDLL("libGLESvNone.so.2")
    assert caught.value.library == "libGLESvNone.so.2"
    assert str(caught.value) == (
        "mediapipe needs the system library libGLESvNone.so.2, which is not installed; on Debian or Ubuntu install "
        "it with: apt-get install libegl1 libgles2 libgl1 libglib2.0-0"
    )


@linux
def test_an_extension_module_whose_library_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A real extension module, made to need a library that does not exist.
    import _ctypes

    content = Path(_ctypes.__file__).read_bytes()
    if content.count(b"libffi.so.") != 1:
        pytest.skip("this Python's _ctypes does not link to libffi in the usual way")
    (tmp_path / Path(_ctypes.__file__).name).write_bytes(content.replace(b"libffi.so.", b"libffX.so."))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "_ctypes")
    words = r"cv2 needs the system library libffX\.so\.\d+"
    with pytest.raises(MissingSystemLibraryError, match=words), explained_imports("cv2"):
        import _ctypes


@pytest.mark.parametrize(
    ("text", "library"),
    [
        ("libGL.so.1: cannot open shared object file: No such file or directory", "libGL.so.1"),
        ("libgthread-2.0.so.0: cannot open shared object file: No such file", "libgthread-2.0.so.0"),
        ("Error loading shared library libEGL.so.1: No such file (needed by x.so)", "libEGL.so.1"),
        ("dlopen(x.so, 2): Library not loaded: @rpath/libfoo.dylib\n  Referenced from: x", "@rpath/libfoo.dylib"),
    ],
)
def test_linkers_of_other_systems(text: str, library: str) -> None:
    error = missing_library("mediapipe", ImportError(text))
    assert error is not None
    assert error.library == library
    assert "\n" not in str(error)


def test_windows_says_only_that_something_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    error = missing_library("mediapipe", ImportError("DLL load failed while importing x: module not found."))
    assert error is not None
    assert error.library is None
    assert "Visual C++ Redistributable" in str(error)


def test_an_error_about_something_else_is_left_alone() -> None:
    assert missing_library("mediapipe", FileNotFoundError("No file with name: pose_detector.tflite")) is None


def test_a_package_that_is_not_installed() -> None:
    words = r"package humanpose3d_nothing is not installed; .*pip install"
    with pytest.raises(PackageImportError, match=words), explained_imports("humanpose3d_nothing"):
        import humanpose3d_nothing  # noqa: F401


def test_a_package_of_another_extra() -> None:
    words = r"install it with: pip install 'humanpose3d\[dataframe\]'$"
    with pytest.raises(PackageImportError, match=words), explained_imports("humanpose3d_nothing", extra="dataframe"):
        import humanpose3d_nothing  # noqa: F401


def test_a_package_that_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_package.py").write_text("from os import nothing_of_this_name\n")
    monkeypatch.syspath_prepend(tmp_path)
    words = "broken_package is installed but cannot be loaded"
    with pytest.raises(PackageImportError, match=words), explained_imports("broken_package"):
        import broken_package  # noqa: F401


def test_errors_of_loaders_pass_through() -> None:
    with pytest.raises(LoaderError, match="as it was"), explained_imports("x"):
        raise PackageImportError("as it was")
