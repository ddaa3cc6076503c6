"""Replays: what a world played, small, seekable and verifiable.

>>> from nmmo.replay import Recorder, Replay
"""

from nmmo.replay.errors import (
    DamagedError,
    DivergenceError,
    FormatVersionError,
    MissingTicksError,
    NotAReplayError,
    RecordingError,
    ReplayError,
    RulesVersionError,
    TooLargeError,
)
from nmmo.replay.header import Header
from nmmo.replay.reader import Clip, Frame, Replay
from nmmo.replay.recorder import Players, Recorder
from nmmo.replay.recovery import Recovery, recover
from nmmo.replay.state_track import StateFrame
from nmmo.replay.verification import Report

__all__ = [
    "Clip",
    "DamagedError",
    "DivergenceError",
    "FormatVersionError",
    "Frame",
    "Header",
    "MissingTicksError",
    "NotAReplayError",
    "Players",
    "Recorder",
    "RecordingError",
    "Recovery",
    "Replay",
    "ReplayError",
    "Report",
    "RulesVersionError",
    "StateFrame",
    "TooLargeError",
    "recover",
]
