"""Two ways in which an agent's process comes into its sandbox: started there, or forked from a zygote.

The cold way: bubblewrap makes the sandbox and starts Python in it. The zygote: bubblewrap makes the same
sandbox around a process that does nothing, and a fork of the zygote (``nmmo.score.zygote``), which has
Python and NumPy imported, joins it. What the agent sees and may do is the same. The zygote serves agents
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
from nmmo.score.zygote import REPORT

__all__ = ["LaunchedProcess", "ProcessFiles", "SandboxFailed", "ZygoteFailed", "end_zygote", "launch_process"]

CLONE_NEWUSER: Final = 0x10000000
NAMESPACES: Final = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x40000000
"""CLONE_NEW*: mount, cgroup, uts, ipc, net. As an ordinary user, the user namespace too."""
PATIENCE: Final = 60.0  # seconds for the zygote to import all, and to move a fork

PATIENCE_AT_END: Final = 5.0


class SandboxFailed(Exception):
    """bubblewrap has failed. What it said is in what the agent's process would print."""


class ZygoteFailed(Exception):
    """The zygote cannot be used. Launch again the cold way, with other files: a lost fork may hold these."""


@dataclass(frozen=True)
class ProcessFiles:
    """File descriptors that an agent's process is given: standard input, standard output and error, and its four."""

    nothing: int
    prints: int
    orders: int
    replies: int
    rows: int
    actions: int


class LaunchedProcess(Protocol):
    """An agent's process, as the scorer holds it."""

    pid: int
    """The process's number."""
    moved: bool
    """Whether it moved into its sandbox, so that it must give up capabilities itself."""
    lost: bool
    """Whether what held its sandbox was killed, and it with that: by somebody outside of it."""

    def wait(self, seconds: float | None) -> int | None:
        """Return the status with which it ended, as a shell tells it; None where it still runs after so long."""

    def end(self) -> None:
        """Kill it: it is the first of its namespace, and takes the rest along."""

    def close(self) -> None:
        """Let go of it, now that it has ended."""


def launch_process(sandbox: Sandbox, folder: Path, manifest: Manifest, files: ProcessFiles) -> LaunchedProcess:
    """Start the process of an agent; it waits for its orders before it does anything else.

    Raises
    ------
    ZygoteFailed
        If it was to be moved, and could not be: never twice in a row.
    SandboxFailed
        If bubblewrap fails.
    OSError
        If a process cannot be made.
    """
    if sandbox.zygote and manifest.threads == 1 and not needs_more(manifest):
        zygote = _zygote(sandbox)
        if zygote is not None:
            try:
                return ZygoteProcess(zygote, sandbox, folder, manifest, files)
            except SandboxFailed:  # perhaps for a reason that lies in the zygote's end; else it is raised again
                pass
            except ZygoteFailed:
                _retired.append(zygote)  # the processes that it has forked end with it
                _zygotes[os.getpid()] = None
                raise
    return BubblewrapProcess(sandbox, folder, manifest, files)


def _read_child_pid(info_fd: int) -> int:
    """Read the number of the process that bubblewrap has made, from its JSON; the descriptor is closed."""
    message = b""
    try:
        with suppress(OSError):
            while part := os.read(info_fd, 4096):  # bubblewrap closes it when it has written it
                message += part
        return int(json.loads(message)["child-pid"])
    except (ValueError, KeyError):
        raise SandboxFailed from None
    finally:
        os.close(info_fd)


def _start_bubblewrap(
    command: Callable[[int], list[str]],
    files: tuple[int, int, int],
    others: tuple[int, ...] = (),
    before: Callable[[], None] | None = None,
) -> tuple[subprocess.Popen[bytes], int, int]:
    """Start bubblewrap: returns its process, the number of the one that it makes, and a pidfd of that.

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
        pid = _read_child_pid(reading)
        return process, pid, os.pidfd_open(pid)
    except (SandboxFailed, OSError):
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            _end_bubblewrap(process)
        raise SandboxFailed from None


def _end_bubblewrap(process: subprocess.Popen[bytes]) -> None:
    """End bubblewrap, and what it has made with it."""
    process.kill()
    process.wait()


class BubblewrapProcess:
    """The cold way: bubblewrap has started Python."""

    moved = False
    lost = False

    def __init__(self, sandbox: Sandbox, folder: Path, manifest: Manifest, files: ProcessFiles) -> None:
        theirs = (files.orders, files.replies, files.rows, files.actions)
        filter_fd = sandbox.filter_file()
        try:
            self._process, self.pid, self._pidfd = _start_bubblewrap(
                lambda info_fd: sandbox.command(folder, manifest, [str(fd) for fd in theirs], info_fd, filter_fd),
                (files.nothing, files.prints, files.prints),
                (*theirs, filter_fd),
            )
        finally:
            os.close(filter_fd)

    def wait(self, seconds: float | None) -> int | None:
        """Wait as ``LaunchedProcess`` does."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self.lost = status < 0  # bubblewrap's own; of what it has made it tells 128 and the signal
        return status

    def end(self) -> None:
        """End it as ``LaunchedProcess`` does."""
        with suppress(OSError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Close it as ``LaunchedProcess`` does."""
        if self.wait(PATIENCE_AT_END) is None:  # bubblewrap ends when what it has made has ended
            _end_bubblewrap(self._process)
        os.close(self._pidfd)


class ZygoteProcess:
    """Forked: a fork of the zygote has joined what bubblewrap has made."""

    moved = True
    lost = False

    def __init__(self, zygote: Zygote, sandbox: Sandbox, folder: Path, manifest: Manifest, files: ProcessFiles) -> None:
        self._status: int | None = None
        self._report, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._report.settimeout(PATIENCE)
        try:
            with theirs, _idle_sandbox(zygote, sandbox, folder, manifest, files) as idle:
                zygote.send([idle, theirs.fileno(), *astuple(files)])
                theirs.close()  # the mover's is the last one then
                self.pid, self._pidfd = _receive_pidfd(self._report)
        except BaseException:
            self._report.close()
            raise

    def wait(self, seconds: float | None) -> int | None:
        """Wait as ``LaunchedProcess`` does."""
        if self._status is None and select.select([self._report], [], [], seconds)[0]:
            message = self._report.recv(REPORT.size)
            self.lost = not message  # the mover was killed, and its child with it
            self._status = REPORT.unpack(message)[0] if message else 128 + signal.SIGKILL
        return self._status

    def end(self) -> None:
        """End it as ``LaunchedProcess`` does."""
        with suppress(OSError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Close it as ``LaunchedProcess`` does."""
        self.wait(None)
        self._report.close()
        os.close(self._pidfd)


@contextmanager
def _idle_sandbox(
    zygote: Zygote, sandbox: Sandbox, folder: Path, manifest: Manifest, files: ProcessFiles
) -> Iterator[int]:
    """Hold an agent's sandbox for a while, with an idle process in it, whose pidfd it yields.

    The namespaces stay when it is gone, as long as somebody is in them.
    """
    (reading, writing), (heard, echo) = os.pipe(), os.pipe()
    try:
        process, _, pidfd = _start_bubblewrap(
            lambda info_fd: sandbox.idle_command(folder, manifest, info_fd), (reading, echo, files.prints),
            before=zygote.join_user_namespace,
        )  # fmt: skip
        try:
            os.close(echo)
            echo = -1  # the end of what is heard shall be that of the idle process
            os.write(writing, b"\n")
            if not os.read(heard, 1):
                process.wait()
                raise SandboxFailed
            yield pidfd
        finally:
            _end_bubblewrap(process)
            os.close(pidfd)
    finally:
        for fd in (reading, writing, heard, echo):
            if fd >= 0:
                os.close(fd)


def _receive_pidfd(report: socket.socket) -> tuple[int, int]:
    """Receive the number of the agent's process, and its pidfd."""
    try:
        message, ancillary, _, _ = report.recvmsg(512, socket.CMSG_LEN(array.array("i").itemsize))
    except OSError as error:
        raise ZygoteFailed(str(error)) from None
    pidfds = array.array("i")
    for _, _, data in ancillary:
        pidfds.frombytes(data)
    if len(message) < REPORT.size or len(pidfds) != 1:
        raise ZygoteFailed(message[REPORT.size :].decode("utf-8", "replace") or "the zygote has ended")
    return REPORT.unpack(message[: REPORT.size])[0], pidfds[0]


class Zygote:
    """The zygote of this one.

    Attributes
    ----------
    owner_pid
        The number of the process that has started it.

    Raises
    ------
    ZygoteFailed
        If it cannot be made.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.owner_pid = os.getpid()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(PATIENCE)
        ordinary = os.geteuid() != 0
        arguments = [str(theirs.fileno()), str(NAMESPACES | (CLONE_NEWUSER if ordinary else 0))]
        self._users: int | None = None
        try:
            with theirs, open(os.devnull, "r+b") as nothing:
                self._process, pid, pidfd = _start_bubblewrap(
                    lambda info_fd: sandbox.zygote_command(arguments, info_fd), (nothing.fileno(),) * 3,
                    (theirs.fileno(),),
                )  # fmt: skip
            os.close(pidfd)
            if ordinary:
                self._users = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY)
        except (SandboxFailed, OSError) as error:
            self._control.close()
            raise ZygoteFailed(str(error)) from None

    @property
    def ended(self) -> bool:
        """Whether it has been killed."""
        return self._process.poll() is not None

    @property
    def join_user_namespace(self) -> Callable[[], None] | None:
        """For an ordinary user: makes a process join the zygote's user namespace.

        The sandboxes' own lie below it then, and the zygote may join them. None for root.
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
            raise ZygoteFailed(str(error)) from None

    def close(self) -> None:
        """End it, and its forks with it."""
        self._control.close()
        if self._users is not None:
            os.close(self._users)
        self._process.wait()


_zygotes: dict[int, Zygote | None] = {}
"""By the number of the process that has started it: a fork must not use its parent's."""
_retired: list[Zygote] = []
"""Those that have failed."""


def _zygote(sandbox: Sandbox) -> Zygote | None:
    """Return this process's zygote, begun when it is first needed; None where there cannot be one."""
    own = os.getpid()
    before = _zygotes.get(own)
    if before is not None and before.ended:
        end_zygote()
    if own not in _zygotes:
        try:
            _zygotes[own] = Zygote(sandbox) if os.access(IDLE, os.X_OK) else None
        except ZygoteFailed:
            _zygotes[own] = None
    return _zygotes[own]


def end_zygote() -> None:
    """End this process's zygote, if there is one, and all that it has forked; the next agent begins another."""
    zygote = _zygotes.pop(os.getpid(), None)
    for one in (zygote, *_retired):
        if one is not None and one.owner_pid == os.getpid():
            one.close()
    _retired.clear()


atexit.register(end_zygote)
