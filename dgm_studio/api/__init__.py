"""The program as a library, with plain numpy in and out: see `dgm_studio.api.run`."""
