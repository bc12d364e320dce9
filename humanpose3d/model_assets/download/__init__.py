"""Download missing models: plan, fetch, check, install.

This folder holds the cold path. It never parses git's words and never decides what a valid file is.
"""
