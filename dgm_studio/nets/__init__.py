"""Building blocks of networks, nothing else."""
