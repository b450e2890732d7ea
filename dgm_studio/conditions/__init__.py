"""What may be asked of a sample, and general methods to meet it."""
