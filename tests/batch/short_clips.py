"""Tiny videos of a person, cut from the demo's clip without encoding anything again."""

from __future__ import annotations

from pathlib import Path

import av

BROKEN = {"04": b"", "09": b"<html>Not found</html>", "15": None}
"""Of the twenty, by their number: an empty file, a web page, and a video that is cut off in its header."""


def short_clip(clip: Path, target: Path, frames: int) -> Path:
    """Write the first frames of a clip, as they are."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(clip)) as source, av.open(str(target), "w") as short:
        picture = source.streams.video[0]
        copied = short.add_stream_from_template(picture)
        for packet, _ in zip(source.demux(picture), range(frames), strict=False):
            packet.stream = copied
            short.mux(packet)
    return target


def long_clip(clip: Path, target: Path, times: int = 8) -> Path:
    """Write a clip so many times after itself, which takes longer than ending its run does."""
    with av.open(str(clip)) as source, av.open(str(target), "w") as long:
        picture = source.streams.video[0]
        copied, length = long.add_stream_from_template(picture), picture.duration
        for round_ in range(times):
            source.seek(0)
            for packet in source.demux(picture):
                if packet.dts is not None:
                    packet.pts, packet.dts, packet.stream = (
                        packet.pts + round_ * length,
                        packet.dts + round_ * length,
                        copied,
                    )
                    long.mux(packet)
    return target


def twenty_clips(clip: Path, folder: Path) -> Path:
    """Write 20 videos of 4 to 13 frames in two folders, some with the same names; three are broken."""
    for number in range(20):
        name = f"{number:02}"
        path = folder / ("left" if number % 2 else "right") / f"walk{number // 2}.mp4"
        short_clip(clip, path, 4 + number % 10)
        if name in BROKEN:
            path.write_bytes(path.read_bytes()[:40] if BROKEN[name] is None else BROKEN[name])
    return folder
