"""The trader."""

from nmmo.agents.scripted import ScriptedAgent, Traits


class Trader(ScriptedAgent):
    """Makes and supplies a market."""

    traits = Traits(
        sale_value=0.08,
        sells_below=4,
        potions_kept=6,
        rations_kept=2,
        yield_value=0.03,
        purchase_probability=0.5,
    )
