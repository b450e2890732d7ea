"""Layers of the plane: each owns its graphics items, shows one value, and can be switched off."""
