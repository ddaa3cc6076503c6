"""The version of the distribution. setup reads this file without importing the package."""

__version__ = "3.0.0a1"
