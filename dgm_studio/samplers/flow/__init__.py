"""Samplers of flows, one a file that ends in `SOLVER = ...`: Runge-Kutta steps along a velocity.

A file dropped in here is offered by every model that has a velocity from noise to data.
"""
