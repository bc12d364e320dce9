"""From a video to markers: the stages, and :mod:`~humanpose3d.pipeline.run`, the one module that wires them."""
