"""A models folder: where files belong, their receipts, pins, and status.

This folder reads and changes the models folder. It never opens a connection and never starts a process.
"""
