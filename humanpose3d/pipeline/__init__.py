"""The stages from frames to markers: detection, refinement, signal processing, markers, augmentation.

Each stage is a pure function of arrays. It never opens a file and never loads a model; ``runs`` wires the stages.
"""
