"""The trader."""

from nmmo.agents.scripted import Character, ScriptedAgent


class Trader(ScriptedAgent):
    """Makes and supplies a market."""

    character = Character(
        sale_worth=0.08,
        sells_below=4,
        potions_kept=6,
        rations_kept=2,
        crafts=0.03,
        haste=0.5,
    )
