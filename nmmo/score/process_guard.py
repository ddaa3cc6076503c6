"""A guard over a worker: whatever ends first, nothing that was started for a match stays behind.

Agents and bubblewrap die with their parent, which covers a worker that is killed, but for an instant: while
bubblewrap makes a sandbox, its inner process waits for the outer one, and would wait for ever if the outer
one was killed just then. So each worker runs below a guard, which inherits such orphans
(``PR_SET_CHILD_SUBREAPER``) and ends them. Linux only.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NoReturn

__all__ = ["become_guarded", "die_with_parent", "guarded_workers"]

PR_SET_PDEATHSIG: Final = 1
PR_SET_CHILD_SUBREAPER: Final = 36
WATCHED: Final = (signal.SIGTERM, signal.SIGCHLD)


@contextmanager
def guarded_workers(number: int) -> Iterator[ProcessPoolExecutor]:
    """Give processes below guards, to which work is submitted; all end when this is left, in whatever way.

    Raises
    ------
    BrokenProcessPool
        Out of what is done with them, where one was killed.
    """
    pool = ProcessPoolExecutor(number, multiprocessing.get_context("spawn"), _start_worker, (os.getpid(),))
    try:
        yield pool
    except BrokenProcessPool:
        raise
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()  # which ends their sandboxes, too
        raise
    finally:
        with suppress(BrokenProcessPool):
            pool.shutdown(wait=False, cancel_futures=True)


def _start_worker(parent: int) -> None:
    """Prepare a worker: it leaves Ctrl-C to its parent, and neither it nor what it starts outlives that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform.startswith("linux"):
        become_guarded(parent)


def die_with_parent(parent: int, by: signal.Signals = signal.SIGKILL) -> None:
    """Let the kernel send a signal when the parent, the process ``parent``, ends; end now if it has."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(by), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def become_guarded(parent: int) -> None:
    """Go on as a child of this process, which becomes the guard.

    Parameters
    ----------
    parent
        This process's. When it ends, or this process gets SIGTERM, the guard ends everything below it. When the
        child ends, the guard ends what that left, then itself, in the same way.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    guard = os.getpid()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    die_with_parent(parent, signal.SIGTERM)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of NumPy's threads, which survive it
        child = os.fork()
    if child:
        _watch(child)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    die_with_parent(guard)


def _watch(child: int) -> NoReturn:
    """Live the guard's whole life."""
    status = None
    while status is None:
        if signal.sigwait(WATCHED) == signal.SIGTERM:
            status = 128 + signal.SIGTERM
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                if ended[0] == child:
                    code = os.waitstatus_to_exitcode(ended[1])
                    status = code if code >= 0 else 128 - code
    try:
        while True:  # a process that loses its parent by this becomes a child of the guard
            for one in _children():
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            os.waitpid(-1, 0)
    except ChildProcessError:
        os._exit(status)


def _children() -> list[int]:
    """Return this process's children."""
    own, found = os.getpid(), []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                after_name = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(after_name[1]) == own:
                    found.append(int(folder.name))
    return found
