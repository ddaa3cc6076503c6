"""Sprites and textures of the ground, drawn by code. Knows nothing of worlds, only of kinds, tiers and colours."""
