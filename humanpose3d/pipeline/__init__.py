"""From a video to movement: :mod:`~humanpose3d.runs.stages` wires the stages, ``run`` is around them."""
