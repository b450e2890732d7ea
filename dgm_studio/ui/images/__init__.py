"""Small pictures: samples, paths, latents, walks between them, and the inside of models."""
