"""The transport that runs the program git.

This folder starts git, reads its messages and fetches single blobs. It never writes into the models folder.
"""
