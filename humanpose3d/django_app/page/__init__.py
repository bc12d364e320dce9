"""The page of ``humanpose3d app``: drop videos, wait in a queue, read reports. A Django app of its own.

It calls the functions that the command line calls, in processes of their own. It never computes anything in the server.
"""
