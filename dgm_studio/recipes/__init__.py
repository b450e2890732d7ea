"""Recipes by name: one file for each thing that can be seen; it ends in ``RECIPES``, and nothing registers itself."""
