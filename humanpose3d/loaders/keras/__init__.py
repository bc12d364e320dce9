"""Run Keras models from HDF5 files without Keras. It never executes code from a file.

:mod:`~humanpose3d.loaders.keras.architecture` reads the configuration, :mod:`~humanpose3d.loaders.keras.planning`
derives every shape from it, :mod:`~humanpose3d.loaders.keras.hdf5` reads the weights that have these shapes, and
:mod:`~humanpose3d.loaders.keras.network` computes with NumPy, by the functions of
:mod:`~humanpose3d.loaders.keras.layers`. Files of Keras 2 and of Keras 3 are understood.
"""
