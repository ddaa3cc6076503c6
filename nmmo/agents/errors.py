"""What goes wrong with agents, by name."""

from __future__ import annotations

__all__ = ["AgentError", "UntrustedAgent"]


class AgentError(ValueError):
    """A folder is no agent, or an agent does what none may. The message names the agent and the mend."""


class UntrustedAgent(AgentError):
    """A stranger's code would have to be run, and nobody said that it is trusted."""
