"""Where scenes come from: a live world, or a replay. Draws nothing."""
