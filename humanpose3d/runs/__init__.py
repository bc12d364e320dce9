"""Run the pipeline on one video: from a video file to a folder of results.

This folder chooses models, wires the stages and writes the files. It never computes movement; ``pipeline`` and
``kinematics`` do.
"""
