"""Autoregressive models: one number after the other, each by its distribution given those before."""
