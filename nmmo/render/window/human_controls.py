"""What keys and buttons do for somebody who plays by hand."""

from __future__ import annotations

from nmmo.core.enums import Action
from nmmo.render.human_player import HumanPlayer
from nmmo.render.sources.source import Source
from nmmo.render.window.messages import Messages

__all__ = ["HumanControls"]


class HumanControls:
    """Passes actions on to the source's human player, or says why they are impossible.

    Nothing here has an effect where everybody watches.

    Parameters
    ----------
    source
        The world that is played.
    messages
        Where reasons are shown.
    """

    def __init__(self, source: Source, messages: Messages) -> None:
        self._source, self._messages = source, messages

    @property
    def human(self) -> HumanPlayer | None:
        """Who plays by hand; None: everybody watches."""
        return self._source.human

    @property
    def steering(self) -> HumanPlayer | None:
        """The human player, unless the policy plays at the moment."""
        human = self._source.human
        return None if human is None or human.autopilot else human

    def at_present(self) -> bool:
        """Return whether the present is shown, so that one can act; if not, say how to get there."""
        if self._source.at_present:
            return True
        self._messages.show("this is the past: End goes to the present")
        return False

    def act(self, action: int) -> None:
        """Choose the action of the next tick."""
        human = self._source.human
        if human is None or not self.at_present():
            return
        if human.autopilot:
            self._messages.show("the policy plays: Tab takes over")
        elif not human.is_possible(int(action)):
            self._messages.show(f"{Action(int(action)).name.lower().replace('_', ' ')} is not possible now")
        else:
            human.queue(int(action))

    def hand_over(self) -> None:
        """Let the policy play, or take over."""
        human = self._source.human
        if human is None:
            return
        human.autopilot = not human.autopilot
        human.held_direction = human.queued_action = human.destination = None
        self._messages.show("the policy plays: Tab takes over" if human.autopilot else "you play")

    def attack_monster(self) -> None:
        """Attack the nearest monster."""
        self.act(Action.ATTACK_MONSTER)

    def attack_player(self) -> None:
        """Attack the nearest player."""
        self.act(Action.ATTACK_PLAYER)

    def wait(self) -> None:
        """Let a tick pass."""
        if self.steering is not None and self.at_present():
            self.steering.queue(Action.WAIT)

    def walk(self, step: int, run: bool) -> None:
        """Walk or run one tile.

        Parameters
        ----------
        step
            The direction, in the order of the actions: north, east, south, west.
        run
            Whether to run two tiles.
        """
        if self.steering is not None and self.at_present():
            self.steering.queue((Action.RUN_NORTH if run else Action.MOVE_NORTH) + step)

    def hold(self, direction: tuple[int, int] | None, run: bool) -> None:
        """Walk on in a direction (rows, columns) while its key is held; None: no key is."""
        if self.human is not None:
            self.human.held_direction = direction if self.steering is not None else None
            self.human.running = run

    def go_to(self, row: int, column: int) -> None:
        """Walk to a tile, or after who stands there until it can be attacked."""
        if self.steering is None or not self.at_present():
            return
        target = self._source.scene.entity_at(row, column)
        self.steering.go_to(row, column, target if target != self.steering.slot else None)
