"""A scripted player: a list of rules, each of which overrules those before it.

1. Walk to what is worth most for its distance, or on through the land; drink where there is water.
2. Trade; put on what is better; take the tool or the weapon that is needed next.
3. Eat.
4. Attack, or shoot and step back.
5. Run away; drink a potion.

What changes slowly (inventory, prices, valuations) is computed every few ticks: with few agents
by all together, with many by some of them each tick.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.base import Agent, Setting
from nmmo.agents.observation_reader import Entities, ObservationReader
from nmmo.agents.rules import Rules
from nmmo.agents.scripted.enemies import NO_ONE, Enemies
from nmmo.agents.scripted.escape import flee, step_back
from nmmo.agents.scripted.navigation import Navigation
from nmmo.agents.scripted.own_state import REACH, AgentSlice, OwnState
from nmmo.agents.scripted.player_combat import attack_players
from nmmo.agents.scripted.trade import Trade
from nmmo.agents.scripted.traits import Traits
from nmmo.agents.scripted.valuation import Valuation

__all__ = ["ScriptedAgent"]

_THINK_EVERY: Final = 5
"""Ticks between two updates of one's own state and the market."""
_RATE_EVERY: Final = 10
"""Ticks between two valuations."""
_MANY: Final = 48
"""Agents from which the work is spread: each tick, some of them are updated."""
_PARCHED: Final = 20
_ROBBERS: Final = 4
"""Where players can be attacked only on dangerous ground, one slot in so many goes after them."""


class ScriptedAgent(Agent):
    """See the module. Subclasses set ``traits``.

    Attributes
    ----------
    traits : Traits
        What it is after.
    """

    traits: ClassVar[Traits] = Traits()

    def __init__(self, setting: Setting, folder: Path) -> None:
        super().__init__(setting, folder)
        self.rules = Rules(setting.content)
        self.observed = ObservationReader(setting.observation)
        self._survival = bool(setting.config["survival"])
        self._war = int(setting.config["pvp_min_danger"]) == 1

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:  # documented by Agent
        super().reset(seed, slots)
        n = len(slots)
        style, profession = self.prefer(slots)
        self.me = OwnState(self.traits, self.rules, style, profession)
        self.valuation = Valuation(self.me, self._survival)
        self.trade = Trade(self.me, self.valuation)
        self.enemies = Enemies(self.me)
        self.navigation = Navigation(
            self.me, self.valuation, self.enemies, self.observed, self.setting.config, self.rng
        )
        hunting = self.traits.hunts_players or self._war
        self.hunters = np.full(n, hunting) & (self._war | (slots % _ROBBERS == 0))
        self.health_before: NDArray[Any] = np.zeros(n, np.int64)
        self.tick = 0

    def prefer(self, slots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the style and the profession that each slot likes best: all occur.

        Returns
        -------
        style : int64 [n]
            0 to 2.
        profession : int64 [n]
            0 to 4.
        """
        n = len(slots)
        styles, professions = self.rng.permutation(n), self.rng.permutation(n)
        n_styles, n_professions = self.rules.number.STYLES, self.rules.number.PROFESSIONS
        first_style, first_profession = self.rng.integers(
            0, n_styles * n_professions, 2
        )  # for those who play few slots
        return (styles + first_style) % n_styles, (professions + first_profession) % n_professions

    @property
    def style(self) -> NDArray[np.int64]:
        """The fighting style that each slot likes, int64 [n]: 0 to 2."""
        return self.me.style

    # ---- a tick --------------------------------------------------------------------------------------

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Return one action for each slot, as described by ``Agent.act``."""
        entities = self.observed.read(rows)
        self.hurt = self.observed.health < self.health_before
        self.health_before = np.array(self.observed.health)
        self._think(rows, mask)
        self.me.update(self.observed)
        self.enemies.assess(self.observed, entities)
        self.navigation.find_direction(self.observed, entities)
        self.action = np.where(
            self.navigation.drinking, self.rules.action.wait, self.rules.action.move + self.navigation.direction
        )
        self._use_spare_time(mask)
        self._fight(entities, mask)
        self._survive(mask)
        self.tick += 1
        self.action *= mask[self.me.agent, self.action]  # what cannot be done is a wait
        return self.action

    def _think(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> None:
        """Update what changes slowly."""
        thinking = _due_agents(self.tick, len(rows), _THINK_EVERY)
        rating = _due_agents(self.tick, len(rows), _RATE_EVERY)
        if thinking is None:
            return
        observed, me = self.observed, self.me
        observed.read_inventory(rows)
        uniforms = self.rng.random((4, len(rows)))
        me.think(observed, thinking)
        if rating is not None:
            self.valuation.think(observed, rating)
        self.trade.think(observed, mask, uniforms[3, thinking], thinking)
        self.navigation.think(observed, uniforms[:3], thinking)

    def _do(self, action: NDArray[Any] | int, when: NDArray[np.bool_]) -> None:
        np.copyto(self.action, action, where=when)

    def _use_spare_time(self, mask: NDArray[np.uint8]) -> None:
        me, observed, enemies = self.me, self.observed, self.enemies
        quiet = me.calm & ~self.navigation.scared
        leisure = quiet & ~enemies.wants_weapon
        for item_actions in (self.trade.market_action, self.valuation.equip_action):
            due = leisure & (item_actions > 0) & (mask[me.agent, item_actions] > 0)
            self._do(item_actions, due)
            item_actions *= ~due
        take_tool = leisure & self.navigation.wants_tool & ~me.holds_tool & (me.tool_tier > 0) & ~enemies.afraid
        self._do(self.rules.action.use + me.tool_slot, take_tool)
        wants_weapon = enemies.wants_weapon | (quiet & ~me.holds_tool & ~self.navigation.wants_tool)
        self.arming = wants_weapon & me.calm & ~me.holds_weapon & (me.weapon_tier > 0)
        self._do(self.rules.action.use + me.weapon_slot, self.arming)
        hungry = observed.health <= 60
        if self._survival:
            # Water is cheaper drunk than eaten.
            hungry |= (observed.food < self.rules.number.REGENERATION_NEED + 5) | (observed.water < _PARCHED)
        if np.count_nonzero(hungry):
            eat = hungry & quiet & (me.rations > 0)
            self._do(
                self.rules.action.use + me.ration_slot,
                eat & (mask[me.agent, self.rules.action.use + me.ration_slot] > 0),
            )

    def _fight(self, entities: Entities, mask: NDArray[np.uint8]) -> None:
        me, observed, enemies, navigation = self.me, self.observed, self.enemies, self.navigation
        may = (mask[:, self.rules.action.attack_monster] > 0) & (enemies.target != NO_ONE) & ~self.arming
        if np.count_nonzero(may):
            target = enemies.target
            willing = enemies.can_beat[target] & (enemies.wants[target] | enemies.threatens[target])
            strike = may & willing
            self._do(self.rules.action.attack_monster, strike)
            # Who shoots need not be struck by who cannot. The last blow needs no step back.
            pressed = strike & enemies.pressed & me.holds_weapon & (observed.stamina >= self.rules.number.RUN_STAMINA)
            pressed &= (me.now[:, REACH] > 1) & (enemies.hits[target] > 1)
            if np.count_nonzero(pressed):
                who = pressed.nonzero()[0]
                action, able = step_back(observed, enemies, navigation.paths, navigation.passable, who)
                self.action[who[able]] = action[able]
        if np.count_nonzero(mask[:, self.rules.action.attack_player]):
            attack = attack_players(me, observed, entities, mask, self.hunters, self.hurt) & ~navigation.scared
            self._do(self.rules.action.attack_player, attack)

    def _survive(self, mask: NDArray[np.uint8]) -> None:
        me, observed, enemies, navigation = self.me, self.observed, self.enemies, self.navigation
        scared = navigation.scared
        if np.count_nonzero(scared):
            who = scared.nonzero()[0]
            action, hopeless = flee(observed, enemies, navigation.paths, navigation.passable, navigation.direction, who)
            self.action[who] = action
            # Who cannot get away strikes back.
            cornered = who[hopeless & (mask[who, self.rules.action.attack_monster] > 0)]
            self.action[cornered] = self.rules.action.attack_monster
        ailing = (observed.health <= 50) | (enemies.incoming_damage * 1.2 + 3 >= observed.health)
        ailing &= (me.potions > 0) & (observed.health < self.rules.number.FULL_HEALTH)
        if np.count_nonzero(ailing):
            self._drink(ailing, mask)

    def _drink(self, ailing: NDArray[np.bool_], mask: NDArray[np.uint8]) -> None:
        """Drink a potion before the blow that would kill, or earlier, where nothing of it is wasted."""
        me, observed, enemies = self.me, self.observed, self.enemies
        blow = enemies.incoming_damage
        last_blow = self.action == self.rules.action.attack_monster
        if len(enemies.monsters):
            last_blow &= enemies.hits[enemies.target] <= 1
        after = np.minimum(observed.health + me.healing, self.rules.number.FULL_HEALTH)
        saved = (after > blow) & (after - observed.health >= 0.6 * me.healing)
        deadly = observed.health <= blow * 1.2 + 3
        weak = me.in_combat & (me.healing > blow + 10)
        # Moving on is better than drinking for ever, unless what one runs from stands beside one.
        escaping = self.navigation.scared & (self.action <= self.rules.action.run + 3) & ~(enemies.pressed & deadly)
        drink = ailing & (deadly | weak) & saved & ~last_blow & ~escaping
        self._do(
            self.rules.action.use + me.potion_slot, drink & (mask[me.agent, self.rules.action.use + me.potion_slot] > 0)
        )


def _due_agents(tick: int, n: int, every: int) -> AgentSlice | None:
    """Return which agents are due in a tick for what each does every so many ticks; None: nobody."""
    phase = tick % every
    if n > _MANY and tick:
        return slice(phase, None, every)
    return None if phase else slice(None)
