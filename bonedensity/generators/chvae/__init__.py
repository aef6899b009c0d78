"""CHVAE: what an AP spine DXA would show had the person been older, heavier or otherwise built.

A causal hierarchical variational autoencoder after arXiv 2605.22649 (EMBC 2026), written from the paper's description:
abduction, action, prediction over a graph of attributes and an image.
"""
