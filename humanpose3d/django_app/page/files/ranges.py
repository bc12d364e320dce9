"""Send a file, or the part of it that a player asks for."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

__all__ = ["ranged_file"]

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_BLOCK = 1 << 18


def ranged_file(request: HttpRequest, path: Path) -> HttpResponseBase:
    """Return the answer to a request for a video, whole or in part (RFC 9110, a single range)."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    size = path.stat().st_size
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None:
        return FileResponse(path.open("rb"), content_type=kind, headers={"Accept-Ranges": "bytes"})
    first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    length = last - first + 1
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Range": f"bytes {first}-{last}/{size}",
        "Content-Length": str(length),
    }
    return StreamingHttpResponse(_part(path, first, length), status=206, content_type=kind, headers=headers)


def _part(path: Path, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while length and (block := file.read(min(_BLOCK, length))):
            length -= len(block)
            yield block
