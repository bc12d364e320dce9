"""A body with constant bones, fitted to the picture over a whole trial.

This folder holds the fit and what it knows of a body. It never drops or relabels a sample.
"""
