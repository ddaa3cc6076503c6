"""What goes wrong in scoring, by name."""

from __future__ import annotations

__all__ = ["CompetitionError", "SandboxMissing", "ScoreError", "SubmissionError", "VerifyError"]


class ScoreError(ValueError):
    """Scoring cannot continue. The message says why, and how to fix it."""


class SandboxMissing(ScoreError):
    """Strangers' code would have to run without the sandbox, and nobody said that it may."""


class SubmissionError(ScoreError):
    """A folder or archive is not a submission that will be run."""


class CompetitionError(ScoreError):
    """A competition's file or state is not as it must be."""


class VerifyError(ScoreError):
    """What was published does not come out when it is computed again."""
