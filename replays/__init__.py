"""Sample and golden replays. Installed as ``nmmo.sample_replays``."""
