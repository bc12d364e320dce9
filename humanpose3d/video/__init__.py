"""Frames of a video and their times: open, decode, turn upright.

This folder reads video files. It knows nothing of people or of models.
"""
