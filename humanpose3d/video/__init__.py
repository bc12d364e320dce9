"""Frames of a video and their times: open, decode, turn upright.

This folder reads video files. It never looks for people in a frame.
"""
