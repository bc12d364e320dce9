"""HumanPose3D: one ordinary video in, three-dimensional human movement out."""

__version__ = "0.1.0"
