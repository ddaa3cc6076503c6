"""What a command says when it cannot do what was asked."""

from __future__ import annotations

__all__ = ["CommandFailed", "UserError"]


class UserError(Exception):
    """The user can fix it; the message is one line. The exit status is 2."""


class CommandFailed(Exception):
    """Something is broken that was given or installed; the message is one line. The exit status is 1."""
