"""One of a run's processes that does not lead, started by ``nmmo.train.local``: ``python -m nmmo.train.worker``.

It plays and learns as the leader does and writes its own part of every checkpoint. It shows nothing, ignores
signals that ask for an end (the leader decides for all), and ends at once when the leader is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path


def _end_with_the_leader() -> None:
    """Return never: the pipe breaks when the leader has ended, or wants everybody to."""
    while os.read(0, 1):
        pass
    os._exit(0)


def _recipe() -> str:
    """What the leader tells first, up to a zero byte."""
    told = bytearray()
    while byte := os.read(0, 1):
        if byte == b"\0":
            return told.decode()
        told += byte
    os._exit(0)


def main() -> int:
    """Take part in a run to its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    rank, size, meeting, folder, *checkpoint = sys.argv[1:]
    text = _recipe()
    threading.Thread(target=_end_with_the_leader, name="leader", daemon=True).start()

    from nmmo.train.device import device_for
    from nmmo.train.distributed import Place, Team
    from nmmo.train.loop import Trainer
    from nmmo.train.recipe import Recipe
    from nmmo.train.update import NotFinite

    recipe = Recipe.from_toml(text)
    try:
        with Team(device_for(recipe.run), Place(int(rank), int(size), Path(meeting))) as team:
            trainer = Trainer(recipe, Path(folder), Path(checkpoint[0]) if checkpoint else None, team)
            try:
                trainer.run(lambda turn: None, lambda path: None)
            except NotFinite:
                pass  # all of them know; the leader says it
            finally:
                trainer.close()
    except OSError as error:
        print(f"could not write: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
