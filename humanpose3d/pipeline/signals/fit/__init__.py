"""Fit a body with bones of constant length to the image landmarks of a whole trial.

This folder moves landmarks. It never drops or relabels a sample.
"""
