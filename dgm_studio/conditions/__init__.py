"""What may be asked of a sample, and general ways to meet it."""
