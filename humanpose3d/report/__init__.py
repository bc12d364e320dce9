"""Show the results of a trial: overlay video, plots, and a report in one HTML file.

This folder describes and draws what a run found. It never changes a result.
"""
