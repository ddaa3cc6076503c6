"""The forager."""

from nmmo.agents.scripted import ScriptedAgent, Traits


class Forager(ScriptedAgent):
    """Harvests, eats, upgrades its tool, flees."""

    traits = Traits(
        fighting_bias=-6.0,
        fighting_weight=0.7,
        harvesting_weight=2.0,
        boldness=0.65,
        yield_value=0.08,
        tool_eagerness=8,
        changes_profession=True,
    )
