"""The command line: ``humanpose3d ...``.

This folder reads arguments, calls one function and prints the result. It never computes anything itself.
"""
