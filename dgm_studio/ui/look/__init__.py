"""Colours, type, icons and plots as they look."""
