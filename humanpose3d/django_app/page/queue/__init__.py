"""The queue of trials: who is next, one trial in a process of its own, cancelling, and recovery after a crash.

The queue itself is django-tasks with its database backend. This folder never starts a thread in the server.
"""
