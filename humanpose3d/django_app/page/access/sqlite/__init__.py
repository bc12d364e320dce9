"""Django's SQLite, which makes the folder of its file when that is first opened.

It never makes one before: commands that need no database leave nothing behind.
"""
