"""The maps that come with nmmo. Installed as ``nmmo.maps``."""
