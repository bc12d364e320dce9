"""Faults of files, and the simplest: what is saved under a model's name by mistake."""

from __future__ import annotations

import os
from pathlib import Path

_LFS_PREFIX = b"version https://git-lfs.github.com/spec/v1"


class FileFault(ValueError):
    """A file is not what its name says; the message is a phrase such as ``"it is no zip archive"``."""


def refuse_disguise(path: Path) -> None:
    """Raise `FileFault` if the file at `path` can't be a model, and name what it is."""
    with path.open("rb") as file:
        head, size = file.read(1024), os.fstat(file.fileno()).st_size
    if size == 0:
        raise FileFault("it is empty")
    if size < 1024 and head.startswith(_LFS_PREFIX) and b"oid sha256:" in head:
        raise FileFault("it is a Git LFS pointer, not the file itself")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    is_xml = text.startswith((b"<?xml", b"<error"))
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or (is_xml and b"<html" in text):
        raise FileFault("it is a saved web page (HTML)")
    if is_xml:
        raise FileFault("it is an XML document, probably a server's error message")
    has_control_bytes = any(byte < 9 or 13 < byte < 32 for byte in head)
    if text.startswith((b"{", b"[")) and not has_control_bytes:
        raise FileFault("it is a JSON document, probably a server's error message")
    if head.count(0) == len(head):
        raise FileFault("it begins with nothing but zeros")
