"""Run Keras models from HDF5 files without Keras. It never executes code from a file.

:mod:`.architecture` reads the configuration, :mod:`.planning` derives every shape from it, :mod:`.hdf5` reads the
weights that have these shapes, and :mod:`.network` computes with NumPy, by the functions of :mod:`.layers`. Files of
Keras 2 and of Keras 3 are understood.
"""
