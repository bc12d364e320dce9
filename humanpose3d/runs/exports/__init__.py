"""Write the results of a trial in the formats of other programs: C3D, Excel, OpenSim.

This folder turns the content of a report into what the writers of ``formats`` and the tools of ``opensim`` take.
It reads what a run found, and never computes movement.
"""
