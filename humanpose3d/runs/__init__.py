"""A run: from a video file to a folder of results.

This is the only part that knows files. It never computes movement; the stages of ``pipeline`` do.
"""
