"""Frames of a video and their times: open, decode, turn upright, encode.

This folder reads and writes video files. It never looks for people in a frame.
"""
