"""`nmmo agent`: agents as folders."""

from __future__ import annotations

from nmmo.agents.errors import AgentError

ABOUT = "Agents as folders: make one, try it out. `nmmo eval` measures how well agents play."
COMMANDS = {
    "new": "make the folder of a new agent",
    "check": "try an agent out: does it work, and how fast is it?",
    "list": "list the agents that come with nmmo",
}
USER_ERRORS = (AgentError,)
NOTES = ""
