"""Scale an OpenSim model to a trial and solve its inverse kinematics, in a process of its own.

OpenSim's own ScaleTool and InverseKinematicsTool do the work, with set-up files that its window opens too. This folder
never imports OpenSim into the calling process, and so it never ends it: a crash, a hang or a flood of lines becomes one
sentence.
"""
