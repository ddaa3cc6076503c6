"""Two ways in which an agent's process comes into its sandbox: started there, or moved there while warm.

The cold way: bubblewrap makes the sandbox and starts Python in it. The warm way: bubblewrap makes the same
sandbox around a process that does nothing, and a fork of the warm process (``nmmo.score.warm``), which has
Python and NumPy imported, joins it. What the agent sees and may do is the same. The warm way is for agents
that need no more than NumPy, and one thread: threads that a library has started do not survive a fork. Where
a kernel refuses to let processes join namespaces, all go the cold way.
"""

from __future__ import annotations

import array
import atexit
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final, Protocol

from nmmo.agents.manifest import Manifest
from nmmo.score.sandbox import IDLE, Sandbox, needs_more
from nmmo.score.warm import MADE

__all__ = ["CannotMove", "Files", "SandboxNotMade", "Started", "end_warm_process", "start"]

CLONE_NEWUSER: Final = 0x10000000
JOINED: Final = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x40000000
"""CLONE_NEW*: mount, cgroup, uts, ipc, net. As an ordinary user, the user namespace too."""
PATIENCE: Final = 60.0  # seconds for the warm process to import all, and to move a fork

PATIENCE_AT_END: Final = 5.0

class SandboxNotMade(Exception):
    """bubblewrap has failed. What it said is in what the agent's process would print."""


class CannotMove(Exception):
    """The warm way cannot be gone. Ask again, for the cold one, with other files: a lost fork may hold these."""


@dataclass(frozen=True)
class Files:
    """File descriptors that an agent's process is given: standard input, standard output and error, and its four."""

    nothing: int
    prints: int
    orders: int
    replies: int
    rows: int
    actions: int


class Started(Protocol):
    """An agent's process, as the scorer holds it."""

    number: int
    """Of the process."""
    moved: bool
    """Whether it moved into its sandbox, so that it must give up capabilities itself."""
    lost: bool
    """Whether what held its sandbox was killed, and it with that: by somebody outside of it."""

    def wait(self, seconds: float | None) -> int | None:
        """The status with which it ended, as a shell tells it; None where it still runs after so long."""

    def end(self) -> None:
        """Kill it: it is the first of its namespace, and takes the rest along."""

    def close(self) -> None:
        """Let go of it, now that it has ended."""


def start(sandbox: Sandbox, folder: Path, manifest: Manifest, files: Files) -> Started:
    """Start the process of an agent; it waits for its orders before it does anything else.

    Raises
    ------
    CannotMove
        If it was to be moved, and could not be: never twice in a row.
    SandboxNotMade
        If bubblewrap fails.
    OSError
        If a process cannot be made.
    """
    if sandbox.warm and manifest.threads == 1 and not needs_more(manifest):
        warm = _warm_process(sandbox)
        if warm is not None:
            try:
                return Moved(warm, sandbox, folder, manifest, files)
            except SandboxNotMade:  # perhaps for a reason that lies in the warm process's end; else it is told again
                pass
            except CannotMove:
                _retired.append(warm)  # the processes that it has forked end with it
                _warm[os.getpid()] = None
                raise
    return Begun(sandbox, folder, manifest, files)


def _told_number(info_fd: int) -> int:
    """The number of the process that bubblewrap has made, told as JSON; the descriptor is closed."""
    told = b""
    try:
        with suppress(OSError):
            while part := os.read(info_fd, 4096):  # bubblewrap closes it when it has told
                told += part
        return int(json.loads(told)["child-pid"])
    except (ValueError, KeyError):
        raise SandboxNotMade from None
    finally:
        os.close(info_fd)


def _open(
    command: Callable[[int], list[str]],
    files: tuple[int, int, int],
    others: tuple[int, ...] = (),
    before: Callable[[], None] | None = None,
) -> tuple[subprocess.Popen[bytes], int, int]:
    """Start bubblewrap: its process, the number of the one that it makes, and a handle on that.

    Parameters
    ----------
    command
        Of the descriptor on which bubblewrap is to tell.
    files
        Standard input, output and error.
    others
        Descriptors that it inherits.
    before
        Called in the new process before it becomes bubblewrap.
    """
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            command(writing), stdin=files[0], stdout=files[1], stderr=files[2], env={}, cwd="/",
            pass_fds=[*others, writing], close_fds=True, preexec_fn=before,
        )  # fmt: skip
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    try:
        number = _told_number(reading)
        return process, number, os.pidfd_open(number)
    except (SandboxNotMade, OSError):
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            _end_bubblewrap(process)
        raise SandboxNotMade from None


def _end_bubblewrap(process: subprocess.Popen[bytes]) -> None:
    """What it has made ends with it."""
    process.kill()
    process.wait()


class Begun:
    """The cold way: bubblewrap has started Python."""

    moved = False
    lost = False

    def __init__(self, sandbox: Sandbox, folder: Path, manifest: Manifest, files: Files) -> None:
        theirs = (files.orders, files.replies, files.rows, files.actions)
        filter_fd = sandbox.filter_file()
        try:
            self._process, self.number, self._handle = _open(
                lambda info_fd: sandbox.command(folder, manifest, [str(fd) for fd in theirs], info_fd, filter_fd),
                (files.nothing, files.prints, files.prints),
                (*theirs, filter_fd),
            )
        finally:
            os.close(filter_fd)

    def wait(self, seconds: float | None) -> int | None:
        """As ``Started``."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self.lost = status < 0  # bubblewrap's own; of what it has made it tells 128 and the signal
        return status

    def end(self) -> None:
        """As ``Started``."""
        with suppress(OSError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def close(self) -> None:
        """As ``Started``."""
        if self.wait(PATIENCE_AT_END) is None:  # bubblewrap ends when what it has made has ended
            _end_bubblewrap(self._process)
        os.close(self._handle)


class Moved:
    """The warm way: a fork of the warm process has joined what bubblewrap has made."""

    moved = True
    lost = False

    def __init__(self, warm: WarmProcess, sandbox: Sandbox, folder: Path, manifest: Manifest, files: Files) -> None:
        self._status: int | None = None
        self._report, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._report.settimeout(PATIENCE)
        try:
            with theirs, _idle(warm, sandbox, folder, manifest, files) as idle:
                warm.send([idle, theirs.fileno(), *astuple(files)])
                theirs.close()  # the mover's is the last one then
                self.number, self._handle = _receive_handle(self._report)
        except BaseException:
            self._report.close()
            raise

    def wait(self, seconds: float | None) -> int | None:
        """As ``Started``."""
        if self._status is None and select.select([self._report], [], [], seconds)[0]:
            told = self._report.recv(MADE.size)
            self.lost = not told  # the mover was killed, and its child with it
            self._status = MADE.unpack(told)[0] if told else 128 + signal.SIGKILL
        return self._status

    def end(self) -> None:
        """As ``Started``."""
        with suppress(OSError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def close(self) -> None:
        """As ``Started``."""
        self.wait(None)
        self._report.close()
        os.close(self._handle)


@contextmanager
def _idle(warm: WarmProcess, sandbox: Sandbox, folder: Path, manifest: Manifest, files: Files) -> Iterator[int]:
    """An agent's sandbox for a while, with an idle process in it, of which it gives a handle.

    The namespaces stay when it is gone, as long as somebody is in them.
    """
    (reading, writing), (heard, echo) = os.pipe(), os.pipe()
    try:
        process, _, handle = _open(
            lambda info_fd: sandbox.idle_command(folder, manifest, info_fd), (reading, echo, files.prints),
            before=warm.join_users,
        )  # fmt: skip
        try:
            os.close(echo)
            echo = -1  # the end of what is heard shall be that of the idle process
            os.write(writing, b"\n")
            if not os.read(heard, 1):
                process.wait()
                raise SandboxNotMade
            yield handle
        finally:
            _end_bubblewrap(process)
            os.close(handle)
    finally:
        for fd in (reading, writing, heard, echo):
            if fd >= 0:
                os.close(fd)


def _receive_handle(report: socket.socket) -> tuple[int, int]:
    """The number of the agent's process, and a handle on it."""
    try:
        told, ancillary, _, _ = report.recvmsg(512, socket.CMSG_LEN(array.array("i").itemsize))
    except OSError as error:
        raise CannotMove(str(error)) from None
    handles = array.array("i")
    for _, _, data in ancillary:
        handles.frombytes(data)
    if len(told) < MADE.size or len(handles) != 1:
        raise CannotMove(told[MADE.size :].decode("utf-8", "replace") or "the warm process has ended")
    return MADE.unpack(told[: MADE.size])[0], handles[0]


class WarmProcess:
    """The warm process of this one.

    Attributes
    ----------
    maker
        The number of the process that has started it.

    Raises
    ------
    CannotMove
        If it cannot be made.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.maker = os.getpid()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(PATIENCE)
        ordinary = os.geteuid() != 0
        arguments = [str(theirs.fileno()), str(JOINED | (CLONE_NEWUSER if ordinary else 0))]
        self._users: int | None = None
        try:
            with theirs, open(os.devnull, "r+b") as nothing:
                self._process, number, handle = _open(
                    lambda info_fd: sandbox.warm_command(arguments, info_fd), (nothing.fileno(),) * 3,
                    (theirs.fileno(),),
                )  # fmt: skip
            os.close(handle)
            if ordinary:
                self._users = os.open(f"/proc/{number}/ns/user", os.O_RDONLY)
        except (SandboxNotMade, OSError) as error:
            self._control.close()
            raise CannotMove(str(error)) from None

    @property
    def ended(self) -> bool:
        """Whether it has been killed."""
        return self._process.poll() is not None

    @property
    def join_users(self) -> Callable[[], None] | None:
        """For an ordinary user: makes a process join the warm one's user namespace.

        The sandboxes' own lie below it then, and the warm process may join them. None for root.
        """
        if self._users is None:
            return None
        users, libc = self._users, ctypes.CDLL(None, use_errno=True)

        def join() -> None:
            if libc.setns(users, CLONE_NEWUSER):
                raise OSError(ctypes.get_errno(), "setns")

        return join

    def send(self, files: list[int]) -> None:
        """Ask it for a fork that moves."""
        try:
            self._control.sendmsg([b"m"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))])
        except OSError as error:
            raise CannotMove(str(error)) from None

    def close(self) -> None:
        """End it, and its forks with it."""
        self._control.close()
        if self._users is not None:
            os.close(self._users)
        self._process.wait()


_warm: dict[int, WarmProcess | None] = {}
"""By the number of the process that has started it: a fork must not use its parent's."""
_retired: list[WarmProcess] = []
"""Those that have failed."""


def _warm_process(sandbox: Sandbox) -> WarmProcess | None:
    """This process's, begun when it is first needed; None where there cannot be one."""
    own = os.getpid()
    before = _warm.get(own)
    if before is not None and before.ended:
        end_warm_process()
    if own not in _warm:
        try:
            _warm[own] = WarmProcess(sandbox) if os.access(IDLE, os.X_OK) else None
        except CannotMove:
            _warm[own] = None
    return _warm[own]


def end_warm_process() -> None:
    """End this process's warm process, if there is one, and all that it has forked; the next agent begins another."""
    warm = _warm.pop(os.getpid(), None)
    for one in (warm, *_retired):
        if one is not None and one.maker == os.getpid():
            one.close()
    _retired.clear()


atexit.register(end_warm_process)
