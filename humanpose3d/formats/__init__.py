"""Read and write the file formats of other programs: TRC and MOT for OpenSim, CSV.

This folder turns arrays into files and back. A file never appears half written under its own name.
"""
