"""Interactive figures, described for plotly.js as plain JSON values.

This folder turns arrays into figures. It never writes a file.
"""
