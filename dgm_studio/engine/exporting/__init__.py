"""A trained run outside of the program: weights, one Python file that needs only torch and numpy, a graph of its step."""
