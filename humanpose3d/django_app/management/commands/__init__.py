"""The management commands, one module each; the module's name is the command's.

A command reads options, calls one function and prints the result. It never computes anything itself.
"""
