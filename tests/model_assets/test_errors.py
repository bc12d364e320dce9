"""The error tree is public: names, bases, messages, pickling."""

from __future__ import annotations

import inspect
import pickle

import pytest

from humanpose3d.model_assets import errors

BASES = {
    "ModelAssetError": Exception,
    "UnknownModelError": KeyError,
    "SettingsError": ValueError,
    "OfflineError": FileNotFoundError,
    "GitNotFoundError": FileNotFoundError,
    "DownloadError": OSError,
    "RepositoryNotFoundError": errors.DownloadError,
    "AuthenticationError": errors.DownloadError,
    "RevisionNotFoundError": errors.DownloadError,
    "ConnectionFailedError": errors.DownloadError,
    "DownloadTimeoutError": TimeoutError,
    "RepositoryLayoutError": FileNotFoundError,
    "IntegrityError": ValueError,
    "StorageError": OSError,
}


def test_every_error_is_listed_here() -> None:
    defined = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert defined == set(BASES)


@pytest.mark.parametrize("name", BASES)
def test_each_inherits_the_root_and_the_built_in_that_fits(name: str) -> None:
    assert issubclass(getattr(errors, name), (errors.ModelAssetError,))
    assert issubclass(getattr(errors, name), BASES[name])


@pytest.mark.parametrize("name", BASES)
def test_each_survives_pickling_with_message_and_facts(name: str) -> None:
    error = getattr(errors, name)("Something 'quoted' happened. Do this.", model="gru", needed=3)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error) == "Something 'quoted' happened. Do this."
    assert (copy.model, copy.needed) == ("gru", 3)
