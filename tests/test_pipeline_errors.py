import inspect
import pickle

import pytest

from humanpose3d import errors
from humanpose3d.errors import PipelineError

ALL = [getattr(errors, name) for name in errors.__all__]
BUILT_IN = {
    "VideoNotFoundError": FileNotFoundError,
    "VideoReadError": ValueError,
    "NobodyDetectedError": ValueError,
    "InvalidSettingError": ValueError,
    "OutputError": OSError,
    "ModelLoadError": ValueError,
    "PackageImportError": ImportError,
    "MissingSystemLibraryError": ImportError,
}


@pytest.mark.parametrize("kind", ALL)
def test_every_error_is_a_pipeline_error_with_a_plain_message(kind: type[PipelineError]) -> None:
    error = kind("The file a.mp4 is empty; copy it again.")
    assert isinstance(error, PipelineError)
    assert isinstance(error, BUILT_IN.get(kind.__name__, Exception))
    assert str(error) == "The file a.mp4 is empty; copy it again."
    assert inspect.getdoc(kind)


@pytest.mark.parametrize("kind", ALL)
def test_every_error_survives_pickling(kind: type[PipelineError]) -> None:
    error = pickle.loads(pickle.dumps(kind("message")))
    assert type(error) is kind
    assert str(error) == "message"


def test_the_missing_library_survives_pickling() -> None:
    error = errors.MissingSystemLibraryError("message", "libEGL.so.1")
    assert pickle.loads(pickle.dumps(error)).library == "libEGL.so.1"
