"""From "not there" to "there": decide what to fetch, fetch it, check it, install it.

This folder holds the cold path. It never parses git's words and never decides what a valid file is.
"""
