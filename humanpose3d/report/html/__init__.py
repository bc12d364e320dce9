"""The pages: report, comparison, and their print as PDF.

This folder fills in templates. It never computes a number.
"""
