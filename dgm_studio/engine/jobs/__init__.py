"""What is computed of a run besides training: each a generator whose slices take a few milliseconds."""
