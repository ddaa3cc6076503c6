"""One agent in its sandbox, as the scorer sees it: rows in, a ring of the bell, actions out, and a verdict.

Rows and actions are in memory that both sides map (``nmmo.score.shared_observations``). The agent's mapping of
the rows is read-only, and sealed so that no other can be made; neither file can be made shorter, which would kill the
scorer. The actions are copied before they are checked. Each tick is a byte to the agent and a byte back.
"""

from __future__ import annotations

import errno
import mmap
import os
import select
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.agent_report import AgentReport, plain_text
from nmmo.agents.base import Setting
from nmmo.agents.errors import AgentError
from nmmo.agents.manifest import Manifest
from nmmo.agents.seat import Seat
from nmmo.agents.validate_actions import validate_actions
from nmmo.score.errors import ScoreError
from nmmo.score.launch import LaunchedProcess, ProcessFiles, SandboxFailed, ZygoteFailed, launch_process
from nmmo.score.messages import (
    ACT,
    ANSWERED,
    FAILED,
    ILLEGAL,
    INSIDE,
    LENGTH,
    MESSAGE,
    MOST_REPLY_BYTES,
    READY,
    dtype_to_plain,
    pack_message,
    unpack_message,
)
from nmmo.score.sandbox import Sandbox
from nmmo.score.shared_observations import SharedObservations, SharedSlice, memory_file, seal

__all__ = ["AgentProcess"]

LONGEST_POLL: Final = 0.25  # seconds between looks at the clocks while an agent thinks
PROCESSORS: Final = os.cpu_count() or 64
PATIENCE_AT_FRAME: Final = 2.0  # seconds for the rest of a frame whose first byte is there


class AgentProcess(Seat):
    """Seats an agent in a process of its own, for one episode of one world.

    Its slots wait where it fails, which its report records.

    Parameters
    ----------
    sandbox
        How it is made.
    folder
        The agent's.
    manifest
        The agent's.
    setting
        The game.
    slots
        The slots that it plays, ascending.
    ticks
        How many ticks the match can last at most.
    part
        Where its rows are in shared memory; the process owns the file from here on. The observations that
        ``request`` is given are then the array that it is a part of. Default: new memory, into which they are copied.

    Raises
    ------
    nmmo.score.ScoreError
        Here or by ``wait_ready``, if the sandbox itself could not be made: no fault of the agent's.
    OSError
        If memory or a process cannot be had.

    Attributes
    ----------
    report
        How the agent has behaved so far.
    cpu_seconds
        Processor time that it has used, as of the last look at its clock.
    output
        What it printed first.
    """

    concurrent = True

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        manifest: Manifest,
        setting: Setting,
        slots: Sequence[int] | NDArray[np.int64],
        ticks: int,
        part: SharedSlice | None = None,
    ) -> None:
        super().__init__(manifest.name, np.asarray(slots, np.int64))
        self.manifest = manifest
        self.report = AgentReport()
        self.cpu_seconds = 0.0
        self.start_seconds = 0.0
        self.output = b""
        self._limits = sandbox.limits
        self._printed = 0
        self._n = len(slots)
        self._setting = setting
        width = 2 if setting.vocabulary else 1
        self._shape = (self._n, 2) if width == 2 else (self._n,)
        self._tick = 0
        self._allowed = self._limits.start_seconds
        self._began = time.monotonic()
        self._open: set[int] = set()

        self._copies_rows = part is None
        self._part = part or SharedObservations(self._n, setting.observation.itemsize).share(0, self._n)
        rows_fd = self._own(self._part.file)
        actions_fd = self._own(memory_file("actions", self._n * width * 8))
        actions = mmap.mmap(actions_fd, self._n * width * 8)
        seal(actions_fd, read_only=False)
        self._actions = np.frombuffer(actions, np.int64).reshape(self._shape)
        try:
            self._started = self._start(sandbox, folder, rows_fd, actions_fd)
        except SandboxFailed:
            self._drain()
            self._close_all()
            raise self._sandbox_failed() from None
        except BaseException:
            self._close_all()
            raise
        self._inside = False
        self._clock = (~self._started.pid << 3) | 2  # the kernel's name for its clock: clock_getcpuclockid(3)
        self._clock_read = self._began
        self._start_message = sandbox.start_message(manifest, ticks, self._started.moved)

    def reset(self, seed: int) -> None:
        """Have the agent loaded and reset, which continues while this returns. Only once."""
        setting = self._setting
        message = {
            **self._start_message,
            "setting": {
                "rules_version": setting.rules_version,
                "observation": dtype_to_plain(setting.observation),
                "n_actions": setting.n_actions,
                "vocabulary": setting.vocabulary,
                "config": dict(setting.config),
                "content": setting.content.to_plain(),
            },
            "rows_at": self._part.offset,
            "slots": self.slots.tolist(),
            "seed": seed,
        }
        self._send(MESSAGE + pack_message(message))

    # ---- making it -----------------------------------------------------------------------------

    def _start(self, sandbox: Sandbox, folder: Path, rows_fd: int, actions_fd: int) -> LaunchedProcess:
        """Make the pipes and the process at their other ends."""
        orders_in, self._orders = self._pipe()
        self._replies, replies_out = self._pipe()
        self._prints, prints_out = self._pipe()
        for fd in (self._orders, self._replies, self._prints):
            os.set_blocking(fd, False)
        self._poll = select.poll()
        self._poll.register(self._replies, select.POLLIN)
        self._poll.register(self._prints, select.POLLIN)
        null = self._own(os.open(os.devnull, os.O_RDONLY))
        files = ProcessFiles(null, prints_out, orders_in, replies_out, rows_fd, actions_fd)
        try:
            started = launch_process(sandbox, folder, self.manifest, files)
        except ZygoteFailed:
            for fd in (null, prints_out, orders_in, replies_out, self._orders, self._replies, self._prints):
                self._close(fd)
            return self._start(sandbox, folder, rows_fd, actions_fd)
        for fd in astuple(files):
            self._close(fd)
        return started

    def _own(self, fd: int) -> int:
        self._open.add(fd)
        return fd

    def _pipe(self) -> tuple[int, int]:
        reading, writing = os.pipe()
        return self._own(reading), self._own(writing)

    def _close(self, fd: int) -> None:
        if fd in self._open:
            self._open.discard(fd)
            os.close(fd)

    def _close_all(self) -> None:
        for fd in list(self._open):
            self._close(fd)

    # ---- playing -------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether the agent still has a say."""
        return self.report.playing

    def wait_ready(self) -> None:
        """Wait until the agent was loaded and reset, or has failed.

        Raises
        ------
        nmmo.score.ScoreError
            If the sandbox itself could not be made: no fault of the agent's.
        """
        if self.playing and not self._inside:
            self._inside = self._wait(INSIDE)
        if self.playing:
            self._wait(READY)
        self._read_clock()
        self.start_seconds = self.cpu_seconds
        # What it did not use for its start is not added to what it may use for ticks.
        self._allowed = self.cpu_seconds + self._limits.reserve_seconds
        self._began = time.monotonic()

    def request(self, observations: NDArray[np.uint8]) -> None:
        """Tell the process that its rows are there."""
        self._tick += 1
        if self.playing:
            self._allowed += self._limits.tick_seconds
            if self._copies_rows:
                np.take(observations, self.slots, axis=0, out=self._part.rows, mode="clip")
            self._part.publish()
            self._send(ACT)

    def actions(self) -> NDArray[np.int64]:
        """Return its actions, int64 [n] or with a vocabulary [n, 2]; zeros, that is waits, where there are none."""
        if self.playing and self._wait(ANSWERED):
            actions = self._actions.copy()  # what the agent writes from here on changes nothing
            if not self._setting.vocabulary and actions.view(np.uint64).max() < self._setting.n_actions:
                return actions  # as nearly always; negative ones are large without a sign
            try:
                validate_actions(actions, self._n, self._setting, self.manifest.name)
                return actions
            except AgentError as error:
                self.report.add_illegal(self._tick, str(error))
        self.report.waited += 1
        return np.zeros(self._shape, np.int64)

    def _send(self, order: bytes) -> None:
        try:
            if self.playing and os.write(self._orders, order) < len(order):
                self._end("corrupt", "it does not read its orders")
        except BlockingIOError:
            self._end("corrupt", "it does not read its orders")
        except OSError:
            self._gone()

    def _wait(self, wanted: bytes) -> bool:
        """Wait for a reply; False where there is another one, or none."""
        began, patience = None, 0.0
        while True:
            # Quick answers need no look at the clock beforehand: the first wait is short.
            ready = self._poll.poll(1000 * LONGEST_POLL)
            if len(ready) == 1 and ready[0][0] == self._replies:
                return self._receive(wanted)
            for fd, _ in ready:
                if fd == self._prints and not self._drain():
                    return False
            if any(fd == self._replies for fd, _ in ready):
                return self._receive(wanted)
            self._read_clock()
            if self.cpu_seconds > self._allowed:
                return self._too_late()
            now = time.monotonic()
            if began is None:
                began = now
                patience = self._limits.wall_factor * max(0.0, self._allowed - self.cpu_seconds)
            elif now - began > patience:
                return self._end(
                    "asleep",
                    f"no answer in {patience:.0f} s, though it had processor time left: it waits, or sleeps",
                )

    def _receive(self, wanted: bytes) -> bool:
        try:
            kind = os.read(self._replies, 1)
        except OSError:
            kind = b""
        if kind == b"":
            self._read_clock()
            return self._gone()
        if self._may_be_late() and self.cpu_seconds > self._allowed:
            return self._too_late()
        if kind == wanted:
            return True
        if kind not in (ILLEGAL, FAILED):
            return self._end("corrupt", "it wrote into the pipe of its replies")
        try:
            text = plain_text(str(unpack_message(self._frame())))
        except (ValueError, OSError) as error:
            return self._end("corrupt", f"its reply is not a message: {plain_text(str(error))}")
        if kind == ILLEGAL and wanted == ANSWERED:
            self.report.add_illegal(self._tick, text)
            return False
        return self._end("crashed" if wanted == ANSWERED else "did not start", text)

    def _frame(self) -> bytes:
        (size,) = LENGTH.unpack(self._exactly(LENGTH.size))
        if size > MOST_REPLY_BYTES:
            raise ValueError(f"it announces {size:,} bytes")
        return self._exactly(size)

    def _exactly(self, count: int) -> bytes:
        """Return the rest of what has begun to arrive; an agent that stops in the middle is not waited for."""
        parts, until = b"", time.monotonic() + PATIENCE_AT_FRAME
        while len(parts) < count:
            if not select.select([self._replies], [], [], max(0.0, until - time.monotonic()))[0]:
                raise ValueError("it breaks off")
            part = os.read(self._replies, count - len(parts))
            if not part:
                raise ValueError("it breaks off")
            parts += part
        return parts

    def _drain(self) -> bool:
        """Take what it printed, and forget most of it."""
        try:
            part = os.read(self._prints, 1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            part = b""
        if not part:
            with suppress(KeyError):
                self._poll.unregister(self._prints)
            return True
        self._printed += len(part)
        room = self._limits.kept_output_bytes - len(self.output)
        if room > 0:
            self.output += part[:room]
        if self._printed > self._limits.output_bytes:
            return self._end("flooded", f"it printed more than {self._limits.output_bytes >> 20} MiB")
        return True

    def _may_be_late(self) -> bool:
        """Return whether it could have used up its time since the last look at its clock, which is read if so.

        No process uses more than all processors at once, so that most ticks need no look: reading another
        process's clock is as expensive as the rest of a tick's transport.
        """
        now = time.monotonic()
        if self.cpu_seconds + PROCESSORS * (now - self._clock_read) < self._allowed:
            return False
        self._clock_read = now  # read before the clock itself: the bound stays one
        self._read_clock()
        return True

    def _read_clock(self) -> None:
        try:
            self.cpu_seconds = time.clock_gettime(self._clock)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ESRCH):
                raise

    # ---- its end -------------------------------------------------------------------------------

    def _too_late(self) -> bool:
        if self._tick == 0:
            return self._end("did not start", f"it used more than {self._limits.start_seconds:g} s to start")
        return self._end(
            "late",
            f"it used {self.cpu_seconds - self.start_seconds:.2f} s of processor time for "
            f"{self._tick} ticks; "
            f"{1000 * self._limits.tick_seconds:g} ms a tick are allowed, and "
            f"{self._limits.reserve_seconds:g} s more",
        )

    def _sandbox_failed(self) -> ScoreError:
        """Return the error for a sandbox that could not be made."""
        said = plain_text(self.output.decode("utf-8", "replace")) or "it said nothing"
        return ScoreError(
            f"the sandbox of agent {self.manifest.name!r} could not be made; nothing is held against the agent. "
            f"bubblewrap said: {said}"
        )

    def _gone(self) -> bool:
        """Return the report of a process that has ended by itself."""
        status = self._started.wait(2)
        self._drain()
        if not self._inside:
            self.close()
            raise self._sandbox_failed()
        if self._started.lost:
            self.close()
            raise ScoreError(
                f"the sandbox of agent {self.manifest.name!r} was killed from outside, at tick {self._tick}; nothing "
                "is held against the agent. Is there enough memory?"
            )
        if status is None:
            return self._end("corrupt", "it closed the pipe of its replies")
        if status >= 128:
            name = signal.Signals(status - 128).name if status - 128 in set(signal.Signals) else str(status - 128)
            why = f"its process was ended by {name}"
        else:
            why = f"its process ended by itself with status {status}"
        last = plain_text(self.output.decode("utf-8", "replace")[-200:])
        if last:
            why += f"; it printed last: {last}"
        return self._end("crashed" if self._tick else "did not start", why)

    def _end(self, verdict: str, reason: str) -> bool:
        if self.playing:
            self.report.end(verdict, self._tick, reason)
            self._started.end()
        return False

    def close(self) -> None:
        """End the process. Closing again does nothing."""
        if self._open:
            self._read_clock()
            with suppress(OSError):
                while self.playing and self._printed <= self._limits.output_bytes:
                    before = self._printed
                    self._drain()
                    if self._printed == before:
                        break
            self._started.end()
            self._started.close()
            self._close_all()

    def __enter__(self) -> AgentProcess:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
