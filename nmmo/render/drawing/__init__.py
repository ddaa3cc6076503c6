"""Turns a scene into pixels: the renderer and what it consists of. Draws without a display."""
