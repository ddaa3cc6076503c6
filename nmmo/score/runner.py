"""What runs inside the sandbox: gives up its rights, loads one agent, and lets it play.

It is started as a script, or continues in a fork of the zygote (``nmmo.score.zygote``), where neither the
engine nor most of nmmo can be seen: beside the standard library there are NumPy, msgpack, the agents' room,
and what the agent's manifest asks for. The scorer believes nothing that comes from here.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import select
import signal
import sys
from pathlib import Path
from typing import Any

LIGHT = "/nmmo"
LIBRARIES = "/libraries"
AGENT = "/agent"
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 1, 22, 24, 38, 2
CAPABILITY_VERSION = 0x20080522
MOST_CAPABILITIES = 64


def read_exactly(fd: int, count: int) -> bytes:
    """Read so many bytes; the process ends where the scorer has gone."""
    parts = b""
    while len(parts) < count:
        part = os.read(fd, count - len(parts))
        if not part:
            os._exit(0)
        parts += part
    return parts


def call(function: Any, *arguments: Any) -> None:
    """Call a function of the C library that says -1 where it fails."""
    if function(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}{arguments[:2]}: {os.strerror(number)}")


def give_up_rights(limits: dict[str, int], uid: int, filters: list[bytes], capabilities: bool) -> None:
    """Set the limits, become an ordinary user and take away the calls that this needed.

    Parameters
    ----------
    limits
        By their names in ``resource``.
    uid
        The user to become; 0: it is an ordinary one already.
    filters
        Of system calls, to be stacked in this order.
    capabilities
        Whether this process may hold some, which go. Where bubblewrap has started it, they are gone, and its filter
        refuses to say so.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for name, most in limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:  # an ordinary user cannot raise it: what the machine gives is the limit
            most = min(most, hard)
        resource.setrlimit(kind, (most, most))
    if capabilities:
        call(libc.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        for number in range(MOST_CAPABILITIES):
            if libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) and ctypes.get_errno() != errno.EINVAL:
                raise OSError(ctypes.get_errno(), "prctl(PR_CAPBSET_DROP)")
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    if capabilities:
        drop_capabilities()
    # Changing the user has cleared it. Without it, an agent would outlive a scorer that is killed.
    call(libc.prctl, PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]

    for instructions in filters:
        program = Program(len(instructions) // 8, instructions)
        call(libc.prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def drop_capabilities(kept: int = 0) -> None:
    """Give up what root, or the maker of a user namespace, may do; raises OSError where more than a set is left.

    Parameters
    ----------
    kept
        A bit for each capability that stays, of the first 32.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    wanted = [kept, kept, 0, 0, 0, 0]  # effective, permitted, inheritable, and once more for those from 32 on
    sets = (ctypes.c_uint32 * 6)(*wanted)
    call(libc.capset, header, sets)
    call(libc.capget, header, sets)
    if list(sets) != wanted:
        raise OSError("capabilities are left")


def main(orders: int, replies: int, rows_fd: int, actions_fd: int) -> None:
    """Play: read orders from one file descriptor, write replies to another."""
    if LIGHT not in sys.path:
        sys.path[:0] = [LIGHT, LIBRARIES]
    from nmmo.score.messages import INSIDE, LENGTH, unpack_message

    def read_message() -> Any:
        read_exactly(orders, 1)
        return unpack_message(read_exactly(orders, LENGTH.unpack(read_exactly(orders, 4))[0]))

    start = read_message()
    give_up_rights(start["limits"], start["uid"], start["filters"], start["capabilities"])
    # A scorer that died before the signal was asked for sends none; but its end of the pipe is gone.
    watch = select.poll()
    watch.register(orders, 0)
    if watch.poll(0):
        os._exit(0)
    os.write(replies, INSIDE)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]

    import numpy as np

    from nmmo.agents.base import Setting
    from nmmo.agents.errors import AgentError
    from nmmo.agents.loading import agent_code, load_class
    from nmmo.agents.manifest import Manifest
    from nmmo.agents.validate_actions import validate_actions
    from nmmo.content_types import Content
    from nmmo.score.messages import (
        ANSWERED,
        FAILED,
        ILLEGAL,
        MOST_REPLY_BYTES,
        READY,
        dtype_from_plain,
        pack_message,
    )

    def reply(kind: bytes, text: str) -> None:
        short = text.encode("utf-8", "replace")[: MOST_REPLY_BYTES - 16].decode("utf-8", "ignore")
        os.write(replies, kind + pack_message(short))

    try:
        game = start["setting"]
        setting = Setting(
            game["rules_version"],
            dtype_from_plain(game["observation"]),
            game["n_actions"],
            game["vocabulary"],
            game["config"],
            Content.from_plain(game["content"]),
        )
        n, row_bytes = len(start["slots"]), setting.observation.itemsize
        rows_at = start["rows_at"]
        shared = mmap.mmap(rows_fd, rows_at + n * row_bytes, prot=mmap.PROT_READ)
        rows = np.frombuffer(shared, np.uint8, n * row_bytes, rows_at).reshape(n, row_bytes)
        mask = setting.mask_of(rows)
        width = 2 if setting.vocabulary else 1
        shape = (n, 2) if setting.vocabulary else (n,)
        count = n * width
        memory = mmap.mmap(actions_fd, count * 8)
        actions: Any = np.frombuffer(memory, np.int64, count).reshape(shape)

        folder = Path(AGENT)
        manifest = Manifest.load(folder)
        name = manifest.name
        kind = load_class(folder, manifest)
        with agent_code(f"agent {name!r} failed in __init__(setting, folder)", folder):
            agent = kind(setting, folder)
        with agent_code(f"agent {name!r} failed in reset(seed, slots)", folder):
            agent.reset(start["seed"], np.array(start["slots"], np.int64))
    except AgentError as error:
        reply(FAILED, str(error))
        os._exit(1)
    except BaseException as error:
        reply(FAILED, f"the agent cannot be loaded: {type(error).__name__}: {error}")
        os._exit(1)
    os.write(replies, READY)

    what = f"agent {name!r} failed in act(rows, mask)"
    act = agent.act
    while True:
        if not os.read(orders, 1):
            os._exit(0)
        try:
            answer = act(rows, mask)
        except BaseException as error:
            try:
                with agent_code(what, folder):
                    raise
            except AgentError as reported:
                reply(FAILED, str(reported))
            except BaseException:
                reply(FAILED, f"{what}: {type(error).__name__}")
            os._exit(1)
        try:
            if type(answer) is np.ndarray and answer.dtype.kind in "iu" and answer.shape == shape:
                actions[...] = answer  # numbers out of range are found outside, where it counts
            else:
                actions[...] = validate_actions(answer, n, setting, name)
        except AgentError as error:
            reply(ILLEGAL, str(error))
        except BaseException as error:
            reply(ILLEGAL, f"agent {name!r}: act returned what cannot be read: {type(error).__name__}")
        else:
            os.write(replies, ANSWERED)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]))
