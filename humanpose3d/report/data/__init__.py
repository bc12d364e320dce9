"""The content of a report: angles, numbers and verdict of one trial.

This folder works out what is shown. It never draws.
"""
