"""Learned corrections of landmarks: the refinement networks and the motion model.

This folder applies loaded models to trajectories. It never loads a file.
"""
