"""Who may see what: the token of the address, accounts, owners, and headers that protect the browser.

This folder decides about requests. It never answers them itself, except to refuse.
"""
