"""One process at a time in one models folder.

This folder decides who may write. It never fetches, and it never says what the files mean.
"""
