"""Normalizing flows: invertible networks from noise to data."""
