"""Diffusion, flow matching and what jumps along their paths: networks that look at noisy examples."""
