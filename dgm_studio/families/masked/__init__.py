"""Masked diffusion: noise that hides numbers instead of blurring them."""
