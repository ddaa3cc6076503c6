"""What every agent's process needs is imported once, by the zygote; forks of it move into sandboxes.

Python, NumPy and the agents' room take a tenth of a second to import: for 16 agents of a short match more
than the match. The zygote runs where an agent would, in a sandbox that shows the same files, but no
agent's. Nothing of an agent is ever run or read in it. For each agent it forks a mover; bubblewrap has
meanwhile made that agent's sandbox, with a process in it that does nothing. The mover joins the namespaces of
that sandbox, makes a new process namespace, and forks its first process, which is the agent's. That gives up
all its rights (``nmmo.score.runner``) before it reads anything of the agent. The mover waits for its end.

Until then both hold the rights that joining needs, as bubblewrap does while it makes a sandbox.
"""

from __future__ import annotations

import array
import ctypes
import fcntl
import gc
import os
import signal
import socket
import struct
import sys
from contextlib import suppress
from typing import Any, Final, NoReturn

LIGHT = "/nmmo"
LIBRARIES = "/libraries"

CLONE_NEWPID: Final = 0x20000000
PR_SET_PDEATHSIG: Final = 1
CAP_KILL: Final = 5
FILES: Final = 8
"""File descriptors of a request: the idle process's handle, where to report, and the agent's six."""
MOST_FILES: Final = 1 << 16
REPORT: Final = struct.Struct("<i")
"""A report: the number of the agent's process, with a handle on it; later, the status with which it ended."""

# What all agents' processes use, and what most agents do.
PRELOADED: Final = (
    "numpy", "numpy.random", "nmmo.score.runner", "nmmo.score.messages", "nmmo.agents.base", "nmmo.agents.errors",
    "nmmo.agents.validate_actions", "nmmo.agents.loading", "nmmo.agents.manifest", "nmmo.agents.observation_reader",
    "nmmo.agents.pathfinding", "nmmo.agents.rules", "nmmo.agents.scripted",
)  # fmt: skip


def main(control_fd: int, namespaces: int) -> None:
    """Serve requests until the scorer has gone.

    Parameters
    ----------
    control_fd
        A socket on which file descriptors come.
    namespaces
        Which ones to join, as flags of ``setns(2)``.
    """
    sys.path[:0] = [LIGHT, LIBRARIES]
    for name in PRELOADED:
        __import__(name)
    gc.collect()
    gc.freeze()  # so that collections in the forks leave what they share alone
    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    control = socket.socket(fileno=control_fd)
    space = socket.CMSG_LEN(FILES * array.array("i").itemsize)
    while True:
        message, ancillary, _, _ = control.recvmsg(1, space)
        if not message:
            os._exit(0)
        files = array.array("i")
        for _, _, data in ancillary:
            files.frombytes(data)
        if len(files) == FILES and os.fork() == 0:
            _move(files.tolist(), namespaces)
        for file in files:
            os.close(file)


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _move(files: list[int], namespaces: int) -> NoReturn:
    """Live the mover's whole life: join, fork the agent's process, report it, wait for it."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # Out of the way of the numbers that the agent's process gives them.
        files = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, 64) for file in files]
        os.closerange(3, 64)
        report = socket.socket(fileno=files[1])
        try:
            pid = _fork_inside(files, namespaces)
        except BaseException as error:
            report.send(REPORT.pack(0) + str(error).encode()[:400])
            raise
        try:
            handle = os.pidfd_open(pid)
            report.sendmsg([REPORT.pack(pid)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [handle]))])
        except BaseException:
            os.kill(pid, signal.SIGKILL)  # nobody knows of it, or wants it any more
            raise
        os.closerange(3, report.fileno())
        os.closerange(report.fileno() + 1, MOST_FILES)
        # As root, it needs this one for the signal that the kernel sends in its name when it ends, to a child that
        # has become another user.
        _runner().drop_capabilities(kept=1 << CAP_KILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        report.send(REPORT.pack(code if code >= 0 else 128 - code))
        status = 0
    finally:
        os._exit(status)


def _runner() -> Any:
    return sys.modules["nmmo.score.runner"]


def _fork_inside(files: list[int], namespaces: int) -> int:
    """Join the sandbox and fork the first process of a new process namespace: the agent's."""
    call, libc, parent = _runner().call, ctypes.CDLL(None, use_errno=True), os.getppid()
    idle, _, *theirs = files
    call(libc.setns, idle, namespaces)
    call(libc.prctl, PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # joining a user namespace has cleared it
    if os.getppid() != parent:
        os._exit(1)
    call(libc.unshare, CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        _become_agent(theirs)
    return pid


def _become_agent(files: list[int]) -> NoReturn:
    """Make this the agent's process, from here on like one that was started by bubblewrap."""
    try:
        os.setsid()
        os.chdir("/home")
        os.environ["PWD"] = "/home"
        nothing, prints, *own = files
        for number, file in enumerate((nothing, prints, prints, *own)):
            os.dup2(file, number)
        last = 3 + len(own)
        os.closerange(last, MOST_FILES)
        sys.argv = [sys.argv[0], *map(str, range(3, last))]
        sys.modules["numpy"].random.seed()  # else all would draw the same; `random` sees to it itself
        _runner().main(*range(3, last))
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
