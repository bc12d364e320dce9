"""A stand-in for the program git, for machines without it: it answers the few commands that the git transport gives.

It speaks the network's protocol with the library dulwich. It never runs in our own process, and never reads a model
into memory.
"""
