"""What the commands of `nmmo agent` share."""

from __future__ import annotations

from nmmo.agents.folder import AgentFolder

TRUST_HELP = (
    "run the code of folders that did not come with nmmo; it runs with all your rights, over your files and "
    "your network"
)


def described(agent: AgentFolder) -> str:
    """Return an agent's manifest in a line."""
    manifest = agent.manifest
    made = f": {agent.origin}" if agent.origin else ""
    return f"{manifest.name} {manifest.version} by {', '.join(manifest.authors)}{made}"
