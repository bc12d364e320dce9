"""Whose movement a run analyses: the detection of the chosen persons, and runs for everybody in a video.

It never draws or computes; it wires what the stages give for each person.
"""
