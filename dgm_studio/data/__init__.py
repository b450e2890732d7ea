"""Data sets: densities with exact truth, pictures computed on the spot, and files. Each ends in a Source."""
