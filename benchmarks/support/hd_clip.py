"""A video as phones record it, 1920 x 1080 with 30 frames a second, made from the demo's clip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from av.filter import Graph

FRAMES_OF_THE_DEMO = 120
_RATE = 30
_FILTERS = (
    ("scale", "810:1080:out_color_matrix=bt709:out_range=tv"),
    ("pad", "1920:1080:555:0:color=0x707468"),
    ("noise", "all_seed=1:alls=5:allf=t"),
    ("buffersink", ""),
)
_BT709 = 1
# With the noise about 15 Mbit/s.
_QUALITY = {"preset": "veryfast", "crf": "20", "bf": "0"}


def hd_clip(folder: Path, seconds: float) -> Path:
    """Write ``<seconds>s.mp4`` into `folder`: the demo again and again."""
    once = folder / "once.mp4"
    if not once.exists():
        _encode(once)
    return _looped(once, folder / f"{seconds:.0f}s.mp4", round(seconds * _RATE))


def _encode(target: Path) -> None:
    from humanpose3d.demo import clip_path

    with av.open(str(clip_path())) as given, av.open(str(target), "w") as made:
        stream = made.add_stream("libx264", rate=_RATE, options=_QUALITY)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = context.color_range = _BT709
        context.gop_size = _RATE
        graph = None
        for number, frame in enumerate(given.decode(video=0)):
            graph = graph or _graph(frame)
            graph.push(frame)
            picture = graph.vpull()
            picture.pts, picture.time_base = number, Fraction(1, _RATE)
            picture.pict_type = av.video.frame.PictureType.NONE
            made.mux(stream.encode(picture))
        made.mux(stream.encode())


def _graph(frame: av.VideoFrame) -> Graph:
    graph = Graph()
    node = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    for name, arguments in _FILTERS:
        following = graph.add(name, arguments or None)
        node.link_to(following)
        node = following
    graph.configure()
    return graph


def _looped(video: Path, target: Path, frames: int) -> Path:
    """Repeat the packets of a clip, without encoding them again; each repetition begins with a key frame."""
    with av.open(str(video)) as given, av.open(str(target), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        shift = written = 0
        while written < frames:
            given.seek(0)
            for packet in given.demux(stream):
                if packet.dts is None or written == frames:
                    continue
                packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, copy
                made.mux(packet)
                written += 1
            shift += stream.duration
    return target
