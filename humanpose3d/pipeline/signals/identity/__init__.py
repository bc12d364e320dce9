"""Identity of landmarks: which person, which side, and where the video is cut.

This folder relabels or empties samples. It never moves a landmark.
"""
