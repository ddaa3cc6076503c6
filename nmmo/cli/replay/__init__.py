"""`nmmo replay`: replays as files."""

from __future__ import annotations

from nmmo.replay import DamagedError, MissingTicksError, ReplayError

ABOUT = "Replays: inspect them, verify them, repair them, compare them, turn them into tables."
COMMANDS = {
    "info": "describe what a replay holds",
    "verify": "play replays again and compare every tick",
    "recover": "save what can be saved of a damaged replay",
    "export": "turn a replay into tables or a state stream",
    "diff": "find where two replays differ, and in what",
}
USER_ERRORS = (ReplayError,)
FAILURES = (DamagedError, MissingTicksError)
NOTES = ""
