"""A depth prior: from the landmarks in the picture, over time, to the 3D pose and its uncertainty.

This folder tells the fit about depth. It never moves a landmark, and never sees the pose model's own 3D pose.
``docs/depth_prior.md`` describes its training and its limits.
"""
