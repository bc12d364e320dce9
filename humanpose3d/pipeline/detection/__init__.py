"""From frames to landmarks: who is in the video, and where their landmarks are in each frame.

:mod:`.observation` follows one person alone in the picture, and looks around for others with :mod:`.sightings`, over
:mod:`.regions`. Where there are several, :mod:`.people` lists them and :mod:`.selected` follows some of them, each by a
:mod:`.track`, together as :mod:`.following` has it; :mod:`.matching` tells who is who. Detection never opens a file.
"""

from humanpose3d.pipeline.detection.observation import Observation, ProgressCallback, observe

__all__ = ["Observation", "ProgressCallback", "observe"]
