"""The fighter."""

from nmmo.agents.scripted import Character, ScriptedAgent


class Fighter(ScriptedAgent):
    """Hunts what it can beat."""

    character = Character(
        fighting_bias=12.0,
        fighting_taste=3.0,
        harvesting_taste=0.4,
        boldness=0.62,
        eager_for_weapons=6,
        eager_for_tools=2,
        hunts_players=True,
    )
