"""Makes a source of a replay, whichever rules it was played by."""

from __future__ import annotations

from typing import Any

from nmmo.render.sources.replay import ReplaySource
from nmmo.render.sources.source import Source
from nmmo.render.sources.state import StateSource
from nmmo.replay import RulesVersionError

__all__ = ["open_replay"]


def open_replay(replay: Any) -> Source:
    """Return a source that shows a replay: by playing it again or, if it is of other rules, by its recorded states.

    Parameters
    ----------
    replay
        An open ``nmmo.replay.Replay``; closed with the source.

    Raises
    ------
    nmmo.replay.RulesVersionError
        If other rules played it, and it has no states.
    nmmo.replay.ReplayError
        If its first tick cannot be shown.
    """
    if replay.playable:
        return ReplaySource(replay)
    if replay.state_ticks:
        return StateSource(replay)
    header = replay.header
    raise RulesVersionError(
        f"the replay was played by rules version {header.rules_version}, which this engine cannot play again, and "
        f"has no states to show instead. Look at it with the nmmo that recorded it ({header.package}); "
        "replays recorded with state=True can be shown by any later one"
    )
