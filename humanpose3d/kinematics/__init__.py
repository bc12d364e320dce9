"""Joint angles, movement events and their numbers from marker trajectories.

This folder holds pure functions of arrays. It never reads a file and never knows where the markers come from.
"""
