"""From a video to movement: :mod:`~humanpose3d.pipeline.stages` wires the stages, ``run`` is around them."""
