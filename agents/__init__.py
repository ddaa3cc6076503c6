"""The agents that come with nmmo, one folder each. Installed as ``nmmo.baselines``."""
