"""Signal processing of landmarks: one pure function for each step, called in order by :mod:`.process`.

Each step maps landmarks to landmarks. It never uses a network or the frames of the video.
"""
