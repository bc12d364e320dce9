"""Numbers of trials for lists, tables and curves, read from ``run.json``.

These are pure functions. They never compute a number that a run has not found.
"""
