"""What is on disk: files, receipts, pins, and their status.

This folder reads and changes the models folder. It never opens a connection and never starts a process.
"""
