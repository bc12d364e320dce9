"""Receipts go to disk and come back; anything else is no manifest."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from humanpose3d.model_assets.store.manifest import SCHEMA, Manifest, Receipt, parse_manifest
from humanpose3d.model_assets.transports import Snapshot

texts = st.text()
object_ids = st.text("0123456789abcdef", min_size=40, max_size=40)
numbers = st.integers(-(2**63), 2**63)
receipts = st.builds(
    Receipt,
    st.sampled_from(["git", "import", "manual"]),
    st.none() | texts,
    st.none() | object_ids,
    object_ids,
    numbers,
    st.text("0123456789abcdef", min_size=64, max_size=64),
    numbers,
)
snapshots = st.builds(Snapshot, texts, texts, object_ids, st.dictionaries(texts, object_ids))
manifests = st.builds(Manifest, st.none() | snapshots, st.dictionaries(texts, receipts))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["schema", "set", "models", "blobs", "x"]), inner),
)


@given(manifests)
def test_what_is_written_is_read_back(manifest: Manifest) -> None:
    assert parse_manifest(manifest.to_json()) == manifest


@given(st.text() | json_values.map(json.dumps))
@example("[" * 100_000)
@example('{"schema": 1, "set": null, "models": {"a": null}}')
@example('{"schema": 1, "set": [], "models": {}}')
@example('{"schema": true, "set": null, "models": {}}')
@example('{"schema": 1.0, "set": null, "models": {}}')
@example("9" * 10_000)
def test_any_text_is_a_manifest_or_a_value_error(text: str) -> None:
    try:
        manifest = parse_manifest(text)
    except ValueError:
        return
    assert json.loads(text)["schema"] == SCHEMA
    assert parse_manifest(manifest.to_json()) == manifest


@given(manifests, st.data())
def test_a_manifest_with_one_spoilt_value_is_refused_or_whole(manifest: Manifest, data: st.DataObject) -> None:
    content = json.loads(manifest.to_json())
    key = data.draw(st.sampled_from(sorted(content)))
    content[key] = data.draw(json_values)
    try:
        parse_manifest(json.dumps(content)).to_json()
    except ValueError:
        return


@pytest.mark.parametrize("field", ["origin", "remote", "commit", "blob", "size", "sha256", "mtime_ns"])
@pytest.mark.parametrize("value", [True, [], {}, 1.5])
def test_every_field_has_its_kind(field: str, value: object) -> None:
    receipt = Receipt("git", "somewhere", "1" * 40, "2" * 40, 3, "4" * 64, 5)
    content = json.loads(Manifest(None, {"GRU.h5": receipt}).to_json())
    content["models"]["GRU.h5"][field] = value
    with pytest.raises(ValueError, match=r"manifest|origin"):
        parse_manifest(json.dumps(content))


@pytest.mark.parametrize("value", ["", "4" * 63, "4" * 39, "G" * 40, "--batch", "../../" + "4" * 34, "4" * 40 + "\n"])
def test_an_id_is_an_id(value: str) -> None:
    """Ids come from a file that others may have written, and become parts of file names and of git's arguments."""
    snapshot = Snapshot("somewhere", "models", "1" * 40, {"GRU.h5": "2" * 40})
    receipt = Receipt("git", "somewhere", "1" * 40, "2" * 40, 3, "4" * 64, 5)
    text = Manifest(snapshot, {"GRU.h5": receipt}).to_json()
    for good in ("1" * 40, "2" * 40, "4" * 64):
        with pytest.raises(ValueError, match="manifest"):
            parse_manifest(text.replace(good, value.replace("\n", "\\n")))


def test_the_order_of_receipts_does_not_change_the_text() -> None:
    one, two = (Receipt("manual", None, None, blob, 1, "", 1) for blob in "ab")
    assert Manifest(None, {"x": one, "y": two}).to_json() == Manifest(None, {"y": two, "x": one}).to_json()
