"""Implicit models: a generator without a likelihood, taught by how its samples lie among the data."""
