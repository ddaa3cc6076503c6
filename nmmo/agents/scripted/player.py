"""A scripted player: a ladder of instincts, each of which overrules those before it.

1. Walk to what is worth most for its distance, or on through the land; drink where there is water.
2. Trade; put on what is better; take the tool or the weapon that is needed next.
3. Eat.
4. Attack, or shoot and step back.
5. Run away; drink a potion.

What changes slowly (pockets, prices, what things are worth) is thought over every few ticks: with few agents
by all together, with many by some of them each tick.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents import perception as see
from nmmo.agents import rules_numbers as rules
from nmmo.agents.base import Agent, Setting
from nmmo.agents.perception import Senses, Things
from nmmo.agents.scripted.character import Character
from nmmo.agents.scripted.condition import REACH, Condition, Lanes
from nmmo.agents.scripted.flight import flee, step_back
from nmmo.agents.scripted.foes import NO_ONE, Foes
from nmmo.agents.scripted.rivals import attack_players
from nmmo.agents.scripted.trade import Trade
from nmmo.agents.scripted.travel import Travel
from nmmo.agents.scripted.worth import Worth

__all__ = ["ScriptedAgent"]

_THINK_EVERY: Final = 5
"""Ticks between two thoughts about oneself and the market."""
_RATE_EVERY: Final = 10
"""Ticks between two thoughts about what things are worth."""
_MANY: Final = 48
"""Agents from which the work is spread: each tick some of them think."""
_PARCHED: Final = 20
_ROBBERS: Final = 4
"""Where players can be attacked only on dangerous ground, one slot in so many goes after them."""


class ScriptedAgent(Agent):
    """See the module. Subclasses set ``character``.

    Attributes
    ----------
    character : Character
        What it is after.
    """

    character: ClassVar[Character] = Character()

    def __init__(self, setting: Setting, folder: Path) -> None:
        super().__init__(setting, folder)
        self.senses = Senses(setting.observation)
        self._survival = bool(setting.config["survival"])
        self._war = int(setting.config["pvp_min_danger"]) == 1

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:  # documented by Agent
        super().reset(seed, slots)
        n = len(slots)
        style, profession = self.prefer(slots)
        self.me = Condition(self.character, style, profession)
        self.worth = Worth(self.me, self._survival)
        self.trade = Trade(self.me, self.worth)
        self.foes = Foes(self.me)
        self.travel = Travel(self.me, self.worth, self.foes, self.senses, self.setting.config, self.rng)
        hunting = self.character.hunts_players or self._war
        self.hunters = np.full(n, hunting) & (self._war | (slots % _ROBBERS == 0))
        self.health_before: NDArray[Any] = np.zeros(n, np.int64)
        self.tick = 0

    def prefer(self, slots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The style and the craft that each slot likes best: all occur.

        Returns
        -------
        style : int64 [n]
            0 to 2.
        profession : int64 [n]
            0 to 4.
        """
        n = len(slots)
        styles, professions = self.rng.permutation(n), self.rng.permutation(n)
        first_style, first_profession = self.rng.integers(0, 15, 2)  # for those who play few slots
        return (styles + first_style) % 3, (professions + first_profession) % 5

    @property
    def style(self) -> NDArray[np.int64]:
        """The fighting style that each slot likes, int64 [n]: 0 to 2."""
        return self.me.style

    # ---- a tick --------------------------------------------------------------------------------------

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.int64]:
        """One action for each slot, as described by ``Agent.act``."""
        things = self.senses.read(rows)
        self.hurt = self.senses.health < self.health_before
        self.health_before = np.array(self.senses.health)
        self._think(rows, mask)
        self.me.feel(self.senses)
        self.foes.look(self.senses, things)
        self.travel.go(self.senses, things)
        self.action = np.where(self.travel.drinking, see.WAIT, see.MOVE + self.travel.direction)
        self._use_hands(mask)
        self._fight(things, mask)
        self._survive(mask)
        self.tick += 1
        self.action *= mask[self.me.lane, self.action]  # what cannot be done is a wait
        return self.action

    def _think(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> None:
        """What changes slowly."""
        thinkers = _turn(self.tick, len(rows), _THINK_EVERY)
        raters = _turn(self.tick, len(rows), _RATE_EVERY)
        if thinkers is None:
            return
        senses, me = self.senses, self.me
        senses.read_pockets(rows)
        dice = self.rng.random((4, len(rows)))
        me.think(senses, thinkers)
        if raters is not None:
            self.worth.think(senses, raters)
        self.trade.think(senses, mask, dice[3, thinkers], thinkers)
        self.travel.think(senses, dice[:3], thinkers)

    def _do(self, action: NDArray[Any] | int, when: NDArray[np.bool_]) -> None:
        np.copyto(self.action, action, where=when)

    def _use_hands(self, mask: NDArray[np.uint8]) -> None:
        me, senses, foes = self.me, self.senses, self.foes
        quiet = me.calm & ~self.travel.scared
        leisure = quiet & ~foes.wants_weapon
        for errands in (self.trade.errand, self.worth.dress):
            due = leisure & (errands > 0) & (mask[me.lane, errands] > 0)
            self._do(errands, due)
            errands *= ~due
        take_tool = leisure & self.travel.wants_tool & ~me.holds_tool & (me.tool_tier > 0) & ~foes.afraid
        self._do(see.USE + me.tool_slot, take_tool)
        wants_weapon = foes.wants_weapon | (quiet & ~me.holds_tool & ~self.travel.wants_tool)
        self.arming = wants_weapon & me.calm & ~me.holds_weapon & (me.weapon_tier > 0)
        self._do(see.USE + me.weapon_slot, self.arming)
        hungry = senses.health <= 60
        if self._survival:
            # Water is cheaper drunk than eaten.
            hungry |= (senses.food < rules.REGENERATION_NEED + 5) | (senses.water < _PARCHED)
        if np.count_nonzero(hungry):
            eat = hungry & quiet & (me.rations > 0)
            self._do(see.USE + me.ration_slot, eat & (mask[me.lane, see.USE + me.ration_slot] > 0))

    def _fight(self, things: Things, mask: NDArray[np.uint8]) -> None:
        me, senses, foes, travel = self.me, self.senses, self.foes, self.travel
        may = (mask[:, see.ATTACK_MONSTER] > 0) & (foes.target != NO_ONE) & ~self.arming
        if np.count_nonzero(may):
            target = foes.target
            willing = foes.can_beat[target] & (foes.wants[target] | foes.threatens[target])
            strike = may & willing
            self._do(see.ATTACK_MONSTER, strike)
            # Who shoots need not be struck by who cannot. The last blow needs no step back.
            pressed = strike & foes.pressed & me.holds_weapon & (senses.stamina >= rules.RUN_STAMINA)
            pressed &= (me.now[:, REACH] > 1) & (foes.hits[target] > 1)
            if np.count_nonzero(pressed):
                who = pressed.nonzero()[0]
                action, able = step_back(senses, foes, travel.paths, travel.passable, who)
                self.action[who[able]] = action[able]
        if np.count_nonzero(mask[:, see.ATTACK_PLAYER]):
            attack = attack_players(me, senses, things, mask, self.hunters, self.hurt) & ~travel.scared
            self._do(see.ATTACK_PLAYER, attack)

    def _survive(self, mask: NDArray[np.uint8]) -> None:
        me, senses, foes, travel = self.me, self.senses, self.foes, self.travel
        scared = travel.scared
        if np.count_nonzero(scared):
            who = scared.nonzero()[0]
            action, hopeless = flee(senses, foes, travel.paths, travel.passable, travel.direction, who)
            self.action[who] = action
            # Who cannot get away strikes back.
            cornered = who[hopeless & (mask[who, see.ATTACK_MONSTER] > 0)]
            self.action[cornered] = see.ATTACK_MONSTER
        ailing = (senses.health <= 50) | (foes.strikes_now * 1.2 + 3 >= senses.health)
        ailing &= (me.potions > 0) & (senses.health < rules.FULL_HEALTH)
        if np.count_nonzero(ailing):
            self._drink(ailing, mask)

    def _drink(self, ailing: NDArray[np.bool_], mask: NDArray[np.uint8]) -> None:
        """A potion before the blow that would kill, or earlier, where nothing of it is wasted."""
        me, senses, foes = self.me, self.senses, self.foes
        blow = foes.strikes_now
        last_blow = self.action == see.ATTACK_MONSTER
        if len(foes.monsters):
            last_blow &= foes.hits[foes.target] <= 1
        after = np.minimum(senses.health + me.healing, rules.FULL_HEALTH)
        saved = (after > blow) & (after - senses.health >= 0.6 * me.healing)
        deadly = senses.health <= blow * 1.2 + 3
        weak = me.in_combat & (me.healing > blow + 10)
        # Moving on is better than drinking for ever, unless what one runs from stands beside one.
        escaping = self.travel.scared & (self.action <= see.RUN + 3) & ~(foes.pressed & deadly)
        drink = ailing & (deadly | weak) & saved & ~last_blow & ~escaping
        self._do(see.USE + me.potion_slot, drink & (mask[me.lane, see.USE + me.potion_slot] > 0))


def _turn(tick: int, n: int, every: int) -> Lanes | None:
    """Whose turn it is to think about something that each agent does every so many ticks; None: nobody's."""
    phase = tick % every
    if n > _MANY and tick:
        return slice(phase, None, every)
    return None if phase else slice(None)
