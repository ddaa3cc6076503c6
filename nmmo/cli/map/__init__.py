"""`nmmo map`: maps as files."""

from __future__ import annotations

import nmmo

ABOUT = "Maps as files: generate, draw, check and paint them."
COMMANDS = {
    "generate": "write the map of a seed",
    "preview": "draw a map as a picture",
    "check": "measure a map against what the rules promise",
    "import": "make a map of painted images",
    "export": "write a map as images to paint on",
}
USER_ERRORS = (nmmo.MapError, nmmo.ConfigError)
NOTES = f"maps that come with nmmo: {', '.join(nmmo.Map.names())}"
