"""What commands and front ends call: download with messages, pin, export, import, remove, and examine.

Each call here wraps the parts below it for a person. It never fetches or installs a file itself.
"""
