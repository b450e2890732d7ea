"""Families without parameters: they remember their examples."""
