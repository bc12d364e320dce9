"""The place in which Django looks for management commands.

This folder holds nothing but ``commands``, and never will: Django fixes the name.
"""
