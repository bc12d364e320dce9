"""Signal processing of landmarks: one pure function for each step, called in order by :mod:`.process`.

Each step maps landmarks to landmarks. It never sees the frames of the video, and asks no network but its
own depth prior.
"""
