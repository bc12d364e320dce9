"""Steps by which Django brings the database of an earlier version to this one.

A step that was released is never changed; the next one is added after it.
"""
