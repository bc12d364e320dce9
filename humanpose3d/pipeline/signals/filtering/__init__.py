"""Gaps, outliers and noise of single landmarks over time.

This folder knows time and coordinates only. It knows no bones and no picture.
"""
