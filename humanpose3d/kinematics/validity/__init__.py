"""What an angle or a number is worth: measured bands by view, what was seen, and what a body can do.

This folder decides what is left out, and why. It never changes a value, and reads nothing but its own table of bands.
"""
