"""What goes wrong in scoring, by name."""

from __future__ import annotations

__all__ = ["EventError", "SandboxMissing", "ScoreError", "SubmissionError", "VerifyError"]


class ScoreError(ValueError):
    """Scoring cannot go on. The message says why, and how to mend it."""


class SandboxMissing(ScoreError):
    """Strangers' code would have to run without the sandbox, and nobody said that it may."""


class SubmissionError(ScoreError):
    """A folder or archive is no submission that will be run."""


class EventError(ScoreError):
    """An event's file or state is not as it must be."""


class VerifyError(ScoreError):
    """What was published does not come out when it is computed again."""
