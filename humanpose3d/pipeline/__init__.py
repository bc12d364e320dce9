"""The stages from frames to markers: detection, refinement, signal processing, markers, augmentation.

Each stage is a pure function of arrays. It never opens a file but the weights of its depth prior, and loads no model;
``runs`` wires the stages.
"""
