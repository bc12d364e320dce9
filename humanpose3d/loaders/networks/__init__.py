"""The three refinement networks in NumPy, for inference: float32, batched over frames. This folder never reads a file.

:mod:`.plan` reads the sizes of a network off its stored tensors and hands the tensors out with all checks,
:mod:`.layers` has what the networks share. Section numbers in the docstrings are those of the checkpoints'
specification, whose symbols the code keeps: P pose, V visibility, U image coordinates, J joint features.
"""
