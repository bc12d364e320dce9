"""Management commands of the page.

A command here reads its arguments and calls one function. It never holds logic of its own.
"""
