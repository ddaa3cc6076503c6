"""The window: shows a source, reacts to keys and the mouse, and lets somebody play by hand."""
