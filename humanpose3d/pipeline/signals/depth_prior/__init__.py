"""A depth prior: from the landmarks in the picture, over time, to the 3D pose and its uncertainty.

``docs/depth_prior.md`` describes its training and its limits.
"""
