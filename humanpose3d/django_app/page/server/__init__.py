"""Serve the page: address, token, waitress, worker processes, and one server at a time in a folder.

Everything here runs before or around requests. It never answers one.
"""
