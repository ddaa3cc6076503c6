"""`nmmo score`: competitions."""

from __future__ import annotations

import sqlite3

from nmmo.score.errors import ScoreError

ABOUT = (
    "Competitions. An entrant checks a submission; an organiser makes a competition, runs it and publishes the\n"
    "report; anyone verifies it."
)
COMMANDS = {
    "check": "for entrants: would this submission be accepted, and how fast is it?",
    "new": "write the file of a new competition, and its secret",
    "run": "play a competition, or continue one that was interrupted",
    "report": "show how a competition stands or ended, and write its report",
    "verify": "play a published competition again from its replays",
}
USER_ERRORS = (ScoreError, sqlite3.Error)
NOTES = "The guides are docs/organisers.md and docs/entrants.md."
