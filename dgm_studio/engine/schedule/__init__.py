"""Whose turn it is: the cooperative scheduler, what is looked at, what is told, and the backends that run it."""
