"""Who is followed, which side is left, and where the video is cut.

This folder relabels or empties samples. It never moves a landmark.
"""
