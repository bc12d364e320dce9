"""Gaps, outliers and noise of single landmarks over time.

This folder knows time and coordinates. It never uses bones or the picture.
"""
