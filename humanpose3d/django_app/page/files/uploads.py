"""Receive videos in slices, so that a cut connection or a browser that sleeps costs one slice.

A slice fits into memory: the server buffers it there and writes it once, at its place in a file beside the final one.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from django.conf import settings
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from humanpose3d.django_app.page.files.isolated import probe
from humanpose3d.django_app.page.files.places import SUFFIXES, display_name, part_path, picture_path, video_path
from humanpose3d.django_app.page.models import Trial, Upload
from humanpose3d.errors import VideoReadError
from humanpose3d.model_assets import UserPaths

__all__ = [
    "SLICE_BYTES",
    "Limits",
    "UploadError",
    "begin",
    "discard",
    "finish",
    "limits_for",
    "receive",
    "remove_stale",
]

SLICE_BYTES = 8 << 20
_BLOCK = 1 << 20
_LARGEST_BYTES = 16 << 30
_KEPT_FREE_BYTES = 2 << 30
_MOST_UNFINISHED = 100
_KEPT_UNFINISHED = timedelta(hours=24)
_GIB = 1 << 30


class UploadError(Exception):
    """An upload is refused; the text is one sentence, `status` the answer's, `received` where to go on from."""

    def __init__(self, text: str, status: int, received: int | None = None) -> None:
        super().__init__(text)
        self.status, self.received = status, received


@dataclass(frozen=True)
class Limits:
    """What may be uploaded now, in bytes."""

    largest: int
    free: int
    most: int
    suffixes: str


def limits_for(owner: Any) -> Limits:
    """Return the limits of a visitor; what other unfinished uploads will need is not free."""
    folder = UserPaths.default().data_input
    there = next(path for path in (folder, *folder.parents) if path.exists())
    promised = Upload.objects.aggregate(rest=Sum(F("size") - F("received")))["rest"] or 0
    videos, mine = Trial.objects.filter(owner=owner), Upload.objects.filter(owner=owner)
    taken = sum(rows.aggregate(sum=Sum(size))["sum"] or 0 for rows, size in ((videos, "video_bytes"), (mine, "size")))
    on_disk = shutil.disk_usage(there).free - _KEPT_FREE_BYTES - promised
    free = max(0, int(min(on_disk, settings.QUOTA_GB * _GIB - taken)))
    most = max(0, _MOST_UNFINISHED - mine.count())
    return Limits(min(_LARGEST_BYTES, free), free, most, ",".join(("video/*", *SUFFIXES)))


def begin(owner: Any, name: str, size: int) -> Upload:
    """Begin an upload of `size` bytes.

    Raises
    ------
    UploadError
        It is empty, too large, or one too many.
    """
    limits = limits_for(owner)
    if size <= 0:
        raise UploadError(_("%s is empty (0 bytes); copy or export the video again.") % display_name(name), 400)
    if size > limits.free:
        raise UploadError(
            _("There is no room for %(name)s: it has %(size).1f GB, and %(free).1f GB are free; delete videos first.")
            % {"name": display_name(name), "size": size / _GIB, "free": limits.free / _GIB},
            507,
        )
    if size > limits.largest:
        raise UploadError(
            _("%(name)s is too large: it has %(size).1f GB, and %(most).1f GB are allowed; cut or convert it first.")
            % {"name": display_name(name), "size": size / _GIB, "most": limits.largest / _GIB},
            413,
        )
    if limits.most == 0:
        raise UploadError(_("Too many uploads are unfinished; finish or cancel some of them first."), 429)
    UserPaths.default().data_input.mkdir(parents=True, exist_ok=True)
    upload = Upload.objects.create(owner=owner, name=display_name(name), size=size)
    part_path(upload.pk).touch(exist_ok=False)
    return upload


def receive(upload: Upload, offset: int, length: int, stream: IO[bytes]) -> int:
    """Write one slice that begins at `offset`, and return how many bytes are there now.

    Raises
    ------
    UploadError
        The slice does not follow what is there, is cut off, or the disk is full. What was there stays, and counts.
    """
    if offset != upload.received:
        raise UploadError(_("This part of the file has arrived already, or is too early."), 409, upload.received)
    if not 0 < length <= min(SLICE_BYTES, upload.size - offset):
        raise UploadError(_("A part of the file has a wrong size; begin the upload again."), 400, upload.received)
    try:
        with part_path(upload.pk).open("r+b") as file:
            file.seek(offset)
            written = 0
            while written < length and (block := stream.read(min(_BLOCK, length - written))):
                written += file.write(block)
    except FileNotFoundError:
        raise UploadError(_("This upload was cancelled, or is too old; begin it again."), 410) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG):
            raise
        raise UploadError(_("The disk is full; make room, then continue the upload."), 507, offset) from error
    if written < length:
        raise UploadError(_("The connection was cut; continue the upload."), 400, offset)
    following = Upload.objects.filter(pk=upload.pk, received=offset)
    if not following.update(received=offset + length, updated=timezone.now()):
        raise UploadError(_("This part of the file has arrived already, or is too early."), 409)
    return offset + length


def finish(upload: Upload) -> Trial:
    """Make a trial of an upload that has arrived whole; what is no video is removed.

    Raises
    ------
    UploadError
        It is not whole, or no video.
    """
    part = part_path(upload.pk)
    if upload.received != upload.size or not part.is_file():
        raise UploadError(_("The upload is not finished; continue it."), 409, upload.received)
    try:
        trial = trial_of_video(upload.owner, upload.name, part)
    except VideoReadError as error:
        discard(upload)
        raise UploadError(str(error).replace(str(part), upload.name), 422) from error
    target = video_path(trial, upload.name)
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(target)
    trial.video, trial.video_bytes = str(target), upload.size
    trial.save(update_fields=["video", "video_bytes"])
    upload.delete()
    return trial


def trial_of_video(owner: Any, name: str, video: Path) -> Trial:
    """Make a trial of a video, which may be moved then; the picture of its first frame is made too.

    Raises
    ------
    VideoReadError
        It is no video.
    """
    drawn = Path(settings.APP_FOLDER) / "pictures" / f"{uuid4().hex}.jpg"
    found = probe(video, drawn)
    trial: Trial = Trial.objects.create(
        owner=owner,
        title=name,
        duration=found["duration"],
        frame_rate=found["rate"],
        width=found["width"],
        height_px=found["height"],
    )
    picture = picture_path(trial, 0.0)
    picture.parent.mkdir(parents=True, exist_ok=True)
    drawn.replace(picture)
    return trial


def discard(upload: Upload) -> None:
    """Forget an upload, and remove what has arrived of it."""
    part_path(upload.pk).unlink(missing_ok=True)
    upload.delete()


def remove_stale() -> None:
    """Remove uploads that nobody has continued for a day, and parts of files that belong to none."""
    for upload in Upload.objects.filter(updated__lt=timezone.now() - _KEPT_UNFINISHED):
        discard(upload)
    known = {part_path(pk) for pk in Upload.objects.values_list("pk", flat=True)}
    for path in _parts():
        if path not in known:
            path.unlink(missing_ok=True)


def _parts() -> Iterable[Any]:
    folder = UserPaths.default().data_input
    return folder.glob(".*.part") if folder.is_dir() else ()
