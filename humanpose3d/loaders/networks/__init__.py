"""The refinement networks, for inference. This folder never reads a file.

Everything here except :mod:`.coco` imports torch, so import it only when a network is needed.
"""
