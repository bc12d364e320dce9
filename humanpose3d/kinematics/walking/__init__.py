"""Walking: its heel strikes and toe-offs, and the gait parameters that follow from them.

This folder decides on trajectories of markers alone, and never looks at the picture.
"""
