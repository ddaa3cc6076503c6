"""The trader."""

from nmmo.agents.scripted import ScriptedAgent


class Trader(ScriptedAgent):
    """Makes and supplies a market."""

    sale_worth = 0.08
    sells_below = 4
    potions_kept = 6
    rations_kept = 2
    craft_worth = 0.04
