"""What goes wrong with agents, by name."""

from __future__ import annotations

__all__ = ["AgentError", "UntrustedAgent"]


class AgentError(ValueError):
    """A folder is not an agent, or an agent does what is not allowed. The message names the agent and the fix."""


class UntrustedAgent(AgentError):
    """Code that did not come with nmmo would have to be run, and the user has not said that it is trusted."""
