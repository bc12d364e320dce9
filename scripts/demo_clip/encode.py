"""H.264 video files."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def write_h264(path: Path, images: Iterable[NDArray[np.uint8]], rate: int, crf: int = 22) -> None:
    """Write images as an MP4 file that every player understands (H.264, yuv420p).

    Parameters
    ----------
    path : Path
        The file to write.
    images : iterable of array (rows, columns, 3)
        RGB pictures, all of one size with even sides.
    rate : int
        Frames per second.
    crf : int
        x264's constant rate factor: 0 is lossless, 51 the worst.

    Raises
    ------
    OSError
        If the file cannot be written (PyAV's errors derive from it).
    """
    import av

    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.pix_fmt = "yuv420p"
        # One thread, so that the same pictures always give the same file.
        stream.options = {"crf": str(crf), "preset": "slow", "threads": "1"}
        for k, image in enumerate(images):
            if k == 0:
                stream.height, stream.width = image.shape[:2]
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = k, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
