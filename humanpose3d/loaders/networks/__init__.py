"""The refinement networks: inference only, and nothing but mathematics.

Everything here except :mod:`.coco` imports torch, so import it only when a network is needed.
"""
