"""References to cite for the results of a report."""

__all__ = ["CITATIONS"]

CITATIONS = (
    "The HumanPose3D authors. HumanPose3D (the version named below).",
    "Pose: Bazarevsky V, Grishchenko I, Raveendran K, Zhu T, Zhang F, Grundmann M (2020). BlazePose: On-device "
    "real-time body pose tracking. arXiv:2006.10204.",
    "Marker names: Pagnon D, Domalain M, Reveret L (2022). Pose2Sim: An open-source Python package for multiview "
    "markerless kinematics. Journal of Open Source Software 7(77), 4362.",
    "Knee angles: Grood ES, Suntay WJ (1983). A joint coordinate system for the clinical description of "
    "three-dimensional motions. Journal of Biomechanical Engineering 105(2), 136–144.",
    "Hip and ankle: Wu G et al. (2002). ISB recommendation on definitions of joint coordinate system, part I. Journal "
    "of Biomechanics 35(4), 543–548.",
    "Shoulder and elbow: Wu G et al. (2005). ISB recommendation on definitions of joint coordinate systems, part II. "
    "Journal of Biomechanics 38(5), 981–992.",
    "Heel strikes: Zeni JA, Richards JG, Higginson JS (2008). Two simple methods for determining gait events during "
    "treadmill and overground walking using kinematic data. Gait & Posture 27(4), 710–714.",
)
"""The sources of what a report shows, in the order in which they come in."""
