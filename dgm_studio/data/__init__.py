"""Data sets: densities with exact truth, pictures computed on the spot, and files.

Every public module lists what it offers under ``SOURCES``, a tuple of `dgm_studio.contract.Source`; they are found by name, so
a new data set is one new file.
"""
