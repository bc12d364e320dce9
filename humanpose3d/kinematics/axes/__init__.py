"""The axes of the body's segments, and the angles between two of them, kept continuous.

It never knows joints, sides or movements: `humanpose3d.kinematics.angles` does.
"""
