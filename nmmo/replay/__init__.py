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
from nmmo.replay.live_history import LiveHistory
from nmmo.replay.recorder import Players, Recorder
from nmmo.replay.recovery import Recovery, recover
from nmmo.replay.replay import Clip, Frame, Replay
from nmmo.replay.seeker import Seeker
from nmmo.replay.state_stream import StateFrame
from nmmo.replay.verification import Report

__all__ = [
    "Clip",
    "DamagedError",
    "DivergenceError",
    "FormatVersionError",
    "Frame",
    "Header",
    "LiveHistory",
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
    "Seeker",
    "StateFrame",
    "TooLargeError",
    "recover",
]
