"""Boltzmann machines: binary units and the pairs among them."""
