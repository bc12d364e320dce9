"""The errors of a run: each is one sentence that says what is wrong, where, and what to do.

All derive from :class:`PipelineError` and from the built-in exception that fits. Errors of the model resolver
are a tree of their own (:class:`humanpose3d.model_assets.ModelAssetError`) and pass through a run unchanged.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

__all__ = [
    "InvalidSettingError",
    "LoaderError",
    "MissingSystemLibraryError",
    "ModelLoadError",
    "NobodyDetectedError",
    "OutputError",
    "PackageImportError",
    "PipelineError",
    "UnknownNameError",
    "VideoNotFoundError",
    "VideoReadError",
]

_DEBIAN_COMMAND = "apt-get install libegl1 libgles2 libgl1 libglib2.0-0"
_INSTALL_COMMAND = "pip install 'humanpose3d[{extra}]'"

# The words of the dynamic linkers of Linux (glibc and musl) and macOS for a library that is not there.
_LIBRARY_NOT_FOUND = re.compile(
    r"(?P<glibc>[\w.+-]+\.so[\w.]*): cannot open shared object file"
    r"|Error loading shared library (?P<musl>[^\s:]+):"
    r"|Library not loaded: (?P<macos>\S+)"
)


class PipelineError(Exception):
    """Root of every error that a run raises about its input, its settings, its models or its output.

    ``str(error)`` is one sentence that says what is wrong, where, and what to do.
    """


class LoaderError(PipelineError):
    """A model, or a library that it needs, could not be loaded."""


class ModelLoadError(LoaderError, ValueError):
    """The file is not the model that the loader expects."""


class PackageImportError(LoaderError, ImportError):
    """A Python package that the pipeline needs is not installed, or is broken."""


class MissingSystemLibraryError(LoaderError, ImportError):
    """A system library that a Python package needs is not installed.

    Attributes
    ----------
    library : str or None
        File name of the missing library, for example ``libGLESv2.so.2``; None where the system does not say.
    """

    def __init__(self, message: str, library: str | None = None) -> None:
        super().__init__(message)
        self.library = library


class VideoNotFoundError(PipelineError, FileNotFoundError):
    """There is no file of that name."""


class VideoReadError(PipelineError, ValueError):
    """The file is there, but it is no video, has no picture, or breaks off."""


class NobodyDetectedError(PipelineError, ValueError):
    """No frame of the video shows a person that the pose model could find."""


class InvalidSettingError(PipelineError, ValueError):
    """A setting has a value that cannot be meant."""


class UnknownNameError(PipelineError, KeyError):
    """There is no joint, marker or landmark of that name."""

    __str__ = Exception.__str__  # that of KeyError would put the sentence in quotes


class OutputError(PipelineError, OSError):
    """The results cannot be written where they were asked for."""


def place_of(what: str, name: str, names: Sequence[str]) -> int:
    """Return the place of a name among `names`, which are those of `what`, a joint or a marker.

    Raises
    ------
    UnknownNameError
        There is no such name; the near ones, and all that there are, are named.
    """
    if name in names:
        return names.index(name)
    from difflib import get_close_matches

    near = get_close_matches(str(name), names, n=3)
    question = f"; did you mean {' or '.join(near)}?" if near else "."
    raise UnknownNameError(f"There is no {what} {name!r}{question} There are: {', '.join(names)}.")


@contextmanager
def explained_imports(package: str, extra: str = "pipeline") -> Iterator[None]:
    """Turn a failed import of `package`, which `extra` installs, or of what it links to, into an error that helps.

    Raises
    ------
    PackageImportError
        The package is not installed, or cannot be imported for a reason of its own.
    MissingSystemLibraryError
        The dynamic linker did not find a library that the package needs.
    """
    command = _INSTALL_COMMAND.format(extra=extra)
    try:
        yield
    except LoaderError:
        raise
    except ModuleNotFoundError as error:
        missing = (error.name or package).partition(".")[0]
        raise PackageImportError(
            f"The Python package {missing} is not installed; install it with: {command}"
        ) from error
    except (ImportError, OSError) as error:
        raise missing_library(package, error) or PackageImportError(
            f"The Python package {package} is installed but cannot be loaded ({_one_line(error)}); "
            f"reinstall it with: {command}"
        ) from error


def missing_library(package: str, error: Exception) -> MissingSystemLibraryError | None:
    """Explain a dynamic linker's complaint about a library that `package` needs; None if `error` is none."""
    text = str(error)
    if found := _LIBRARY_NOT_FOUND.search(text):
        library = next(name for name in found.groups() if name)
        return MissingSystemLibraryError(
            f"{package} needs the system library {library}, which is not installed; "
            f"on Debian or Ubuntu install it with: {_DEBIAN_COMMAND}",
            library,
        )
    if sys.platform == "win32" and ("DLL load failed" in text or "Could not find module" in text):
        return MissingSystemLibraryError(
            f"{package} needs a system library that is not installed ({_one_line(error)}); "
            "install the Microsoft Visual C++ Redistributable"
        )
    return None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
