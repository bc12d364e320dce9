"""Run many videos: find the trials, skip finished ones, run the rest in processes or on a cluster, write one table.

This folder decides which run happens where. It never computes movement; each trial is one call of ``runs``.
"""
