"""Latent variable models: a decoder, and where the latents come from. VAE, VQ-VAE, GAN and GLO."""
