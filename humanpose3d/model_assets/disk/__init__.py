"""Operations on single files and folders: replace in one step, digest, temporary folders.

This folder knows bytes and paths. It never knows what a model is.
"""
