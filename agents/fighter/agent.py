"""The fighter."""

from nmmo.agents.scripted import ScriptedAgent, Traits


class Fighter(ScriptedAgent):
    """Hunts what it can beat."""

    traits = Traits(
        fighting_bias=12.0,
        fighting_weight=3.0,
        harvesting_weight=0.4,
        boldness=0.62,
        weapon_eagerness=6,
        tool_eagerness=2,
        hunts_players=True,
    )
