"""Solvers that several families share: ODE and SDE steps, and guidance around a denoiser."""
