"""Samplers of diffusion models, one a file that ends in `SOLVER = ...`: steps from more noise to less, given a denoiser.

A file dropped in here is offered by every model that walks a diffusion path; docs/add-a-sampler.md shows how.
"""
