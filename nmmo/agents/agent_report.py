"""How an agent behaved in a match, where its failures are recorded instead of raised."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AgentReport", "plain_text"]


@dataclass
class AgentReport:
    """How an agent behaved in a match.

    Attributes
    ----------
    verdict
        "played"; or what ended its part: "crashed", "late", "asleep", "flooded", "corrupt", "did not start".
    tick
        At which, or None.
    reason
        In words.
    illegal
        Ticks at which its answer was none, so that all its slots waited.
    first_illegal
        What was wrong with the first of them.
    waited
        Ticks at which its slots waited because of all this.
    """

    verdict: str = "played"
    tick: int | None = None
    reason: str = ""
    illegal: int = 0
    first_illegal: str = ""
    waited: int = 0

    @property
    def playing(self) -> bool:
        """Whether nothing has ended its part."""
        return self.verdict == "played"

    def end(self, verdict: str, tick: int, reason: str) -> None:
        """Record what ended its part, unless something else did before; tick 0: it had not begun to play."""
        if self.playing:
            self.verdict, self.tick, self.reason = verdict, tick or None, plain_text(reason)

    def add_illegal(self, tick: int, problem: str) -> None:
        """Record a tick at which its answer was none."""
        self.illegal += 1
        self.first_illegal = self.first_illegal or plain_text(f"tick {tick}: {problem}")

    def words(self) -> str:
        """Return all of it as a sentence; empty where there is nothing to say."""
        said = []
        if self.verdict != "played":
            when = "" if self.tick is None else f" at tick {self.tick}"
            said.append(f"{self.verdict}{when}: {self.reason}")
        if self.illegal:
            said.append(f"{self.illegal} illegal answers, the first: {self.first_illegal}")
        return "; ".join(said)


def plain_text(text: str, most: int = 400) -> str:
    """Return an agent's words in one line, with nothing that could steer a terminal."""
    line = " ".join(text.split())
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    return line if len(line) <= most else line[: most - 3] + "..."
