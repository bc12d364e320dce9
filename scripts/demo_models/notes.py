"""What the models repository says about itself."""

from __future__ import annotations

COMMIT_MESSAGE = 'Demo models: MediaPipe\'s "full" pose model and four small ones that correct nothing'

README = """\
# The demo models of HumanPose3D

These are NOT the published HumanPose3D models. They lie under the same names and in the same
formats, so that `humanpose3d demo` can show the whole pipeline without a network.

| file | what it is here |
|---|---|
| `pose_landmarker_heavy.task` | MediaPipe's pose landmarker, variant **"full"**, not "heavy" |
| `checkpoints/best_depth_model.pth` | small demo model, never trained; its correction is zero |
| `checkpoints/best_joint_model.pth` | small demo model, never trained; its correction is zero |
| `checkpoints/best_main_refiner.pth` | small demo model, never trained; its correction is zero |
| `GRU.h5` | small demo model, never trained; it always predicts the mean, so it corrects nothing |

The pose model is real: the markers of the demo are MediaPipe's measurement. The other four are small
demo models whose corrections are zero: they add nothing to it. `scripts/make_demo_models.py` of
HumanPose3D writes them and packs this repository.

`pose_landmarker_heavy.task`: {size:,} bytes, sha256
`{sha256}`.
See `LICENSE` for its origin and licence.
"""

LICENSE = """\
pose_landmarker_heavy.task

    The pose landmarker model, variant "full", of MediaPipe
    (https://ai.google.dev/edge/mediapipe/solutions/vision/pose_landmarker).
    Copyright The MediaPipe Authors, Google LLC. Unchanged except for its file name.

All other files

    Copyright The HumanPose3D authors.

Licensed under the Apache License, Version 2.0 (the "License"); you may not use these files except
in compliance with the License. You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software distributed under the License is
distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or
implied. See the License for the specific language governing permissions and limitations under the
License.
"""
