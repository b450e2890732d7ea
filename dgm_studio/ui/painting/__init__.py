"""Painting: the canvas on screen, the tools beside it, and the answers under it."""
