"""Figures without a window: what is asked for, the caption that goes with one, and the numbers behind it."""
