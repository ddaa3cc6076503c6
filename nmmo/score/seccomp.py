"""The system calls that an agent may make, as a filter for the kernel, assembled by hand.

Classic BPF as ``seccomp(2)`` of Linux takes it: eight bytes an instruction (code, two jumps, a constant),
running over ``struct seccomp_data`` (call number, architecture, instruction pointer, six arguments).
Whatever is not allowed fails with EPERM, as if for lack of rights: most code copes, and the error says what
was tried.

Two filters are stacked. The first lets a Python interpreter start and give up its rights; the second is
added when that is done, just before the agent's code is loaded, and takes those calls away.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterable
from typing import Final

__all__ = ["first_filter", "machine", "second_filter"]

LOAD, JUMP_EQUAL, JUMP_ANY_BIT, AND, RETURN, JUMP_AT_LEAST = 0x20, 0x15, 0x45, 0x54, 0x06, 0x35
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16
X32_BIT: Final = 0x40000000

CLONE_THREAD: Final = 0x00010000
CLONE_NAMESPACES: Final = 0x7E020080  # CLONE_NEW*: mount, cgroup, uts, ipc, user, pid, net; and time
SHARED_ANONYMOUS: Final = 0x21  # MAP_SHARED | MAP_ANONYMOUS: memory that RLIMIT_DATA does not count
TERMINAL_QUERIES: Final = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""ioctl: TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX."""
HARMLESS_PRCTL: Final = (15, 16, 0x53564D41)  # PR_SET_NAME, PR_GET_NAME, PR_SET_VMA
STARTING_PRCTL: Final = (1, 22, 38)  # PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS

ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# name: numbers on x86_64 and on aarch64; None where there is no such call
ALLOWED: Final[dict[str, tuple[int | None, int | None]]] = {
    "read": (0, 63), "write": (1, 64), "ppoll": (271, 73), "poll": (7, None), "futex": (202, 98),
    "clock_gettime": (228, 113), "open": (2, None), "openat": (257, 56), "close": (3, 57),
    "stat": (4, None), "fstat": (5, 80), "lstat": (6, None), "newfstatat": (262, 79), "statx": (332, 291),
    "statfs": (137, 43), "fstatfs": (138, 44), "lseek": (8, 62), "mprotect": (10, 226),
    "munmap": (11, 215), "mremap": (25, 216), "madvise": (28, 233), "mincore": (27, 232), "brk": (12, 214),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "restart_syscall": (219, 128), "pread64": (17, 67), "pwrite64": (18, 68),
    "readv": (19, 65), "writev": (20, 66), "access": (21, None), "faccessat": (269, 48),
    "faccessat2": (439, 439), "pipe": (22, None), "pipe2": (293, 59), "select": (23, None),
    "pselect6": (270, 72), "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None),
    "epoll_pwait": (281, 22), "eventfd2": (290, 19), "sched_yield": (24, 124), "dup": (32, 23),
    "dup2": (33, None), "dup3": (292, 24), "fcntl": (72, 25), "flock": (73, 32), "fsync": (74, 82),
    "fdatasync": (75, 83), "ftruncate": (77, 46), "fadvise64": (221, 223), "getdents64": (217, 61),
    "getcwd": (79, 17), "chdir": (80, 49), "rename": (82, None), "renameat": (264, 38),
    "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None),
    "unlink": (87, None), "unlinkat": (263, 35), "readlink": (89, None), "readlinkat": (267, 78),
    "umask": (95, 166), "nanosleep": (35, 101), "clock_nanosleep": (230, 115), "clock_getres": (229, 114),
    "gettimeofday": (96, 169), "time": (201, None), "getpid": (39, 172), "getppid": (110, 173),
    "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176),
    "getegid": (108, 177), "getresuid": (118, 148), "getresgid": (120, 150), "getgroups": (115, 158),
    "getrlimit": (97, 163), "prlimit64": (302, 261), "getrusage": (98, 165), "sysinfo": (99, 179),
    "uname": (63, 160), "getrandom": (318, 278), "set_tid_address": (218, 96),
    "set_robust_list": (273, 99), "rseq": (334, 293), "membarrier": (324, 283), "arch_prctl": (158, None),
    "sched_getaffinity": (204, 123), "sched_getparam": (143, 121), "sched_getscheduler": (145, 120),
    "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126), "getcpu": (309, 168),
    "tgkill": (234, 131), "wait4": (61, 260), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
WITH_CONDITIONS: Final = {"clone": (56, 220), "mmap": (9, 222), "ioctl": (16, 29), "prctl": (157, 167)}
STARTING: Final = {
    "execve": (59, 221), "setresuid": (117, 147), "setresgid": (119, 149), "setgroups": (116, 159),
    "setrlimit": (160, 164),
}  # fmt: skip
NOT_THERE: Final = {"clone3": (435, 435)}
"""Fails with ENOSYS, and the C library falls back on clone, whose flags a filter can see."""


def machine() -> str | None:
    """Return this machine's architecture, if the filter knows it: "x86_64" or "aarch64"."""
    found = platform.machine()
    return found if found in ARCHITECTURES else None


def _instruction(code: int, constant: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, constant)


def _fail(number: int) -> bytes:
    return _instruction(RETURN, FAIL | number)


def _allow() -> bytes:
    return _instruction(RETURN, ALLOW)


def _argument(index: int) -> bytes:
    """Load the lower half of an argument: all of an int."""
    return _instruction(LOAD, ARGUMENTS_AT + 8 * index)


def _for_call(number: int, body: list[bytes]) -> list[bytes]:
    """Return what to do for one call; the body must end in returns, and the next rule finds the number loaded."""
    return [_instruction(JUMP_EQUAL, number, 0, len(body)), *body]


def _one_of(argument: int, values: Iterable[int], otherwise: int) -> list[bytes]:
    """Allow the call where an argument is one of some values."""
    body = [_argument(argument)]
    for value in values:
        body += [_instruction(JUMP_EQUAL, value, 0, 1), _allow()]
    return [*body, _fail(otherwise)]


def _head(architecture: str) -> list[bytes]:
    lines = [
        _instruction(LOAD, ARCHITECTURE_AT),
        _instruction(JUMP_EQUAL, ARCHITECTURES[architecture], 1, 0),
        _instruction(RETURN, KILL),
        _instruction(LOAD, NUMBER_AT),
    ]
    if architecture == "x86_64":  # the same calls under other numbers
        lines += [_instruction(JUMP_AT_LEAST, X32_BIT, 0, 1), _instruction(RETURN, KILL)]
    return lines


def _conditional(column: int, prctl: Iterable[int]) -> list[bytes]:
    threads_only = [
        _argument(0),
        _instruction(JUMP_ANY_BIT, CLONE_NAMESPACES, 2, 0),
        _instruction(JUMP_ANY_BIT, CLONE_THREAD, 0, 1),
        _allow(),
        _fail(errno.EPERM),
    ]
    counted_memory_only = [
        _argument(3),
        _instruction(AND, SHARED_ANONYMOUS),
        _instruction(JUMP_EQUAL, SHARED_ANONYMOUS, 0, 1),
        _fail(errno.EPERM),
        _allow(),
    ]
    return [
        *_for_call(WITH_CONDITIONS["clone"][column], threads_only),
        *_for_call(WITH_CONDITIONS["mmap"][column], counted_memory_only),
        *_for_call(WITH_CONDITIONS["ioctl"][column], _one_of(1, TERMINAL_QUERIES, errno.ENOTTY)),
        *_for_call(WITH_CONDITIONS["prctl"][column], _one_of(0, prctl, errno.EPERM)),
        *_for_call(NOT_THERE["clone3"][column], [_fail(errno.ENOSYS)]),
    ]


def first_filter(architecture: str) -> bytes:
    """Return the allowlist, with what a runner needs to start: for ``bwrap --seccomp``.

    Parameters
    ----------
    architecture
        "x86_64" or "aarch64".
    """
    column = list(ARCHITECTURES).index(architecture)
    lines = _head(architecture)
    for numbers in [*ALLOWED.values(), *STARTING.values()]:
        number = numbers[column]
        if number is not None:
            lines += _for_call(number, [_allow()])
    lines += _conditional(column, (*HARMLESS_PRCTL, *STARTING_PRCTL))
    return b"".join([*lines, _fail(errno.EPERM)])


def second_filter(architecture: str) -> bytes:
    """Return what an agent's code loses on top: new programs, other users, other ``prctl``."""
    column = list(ARCHITECTURES).index(architecture)
    lines = _head(architecture)
    for name, numbers in STARTING.items():
        if name != "setrlimit":  # limits can only go down
            lines += _for_call(numbers[column], [_fail(errno.EPERM)])
    lines += _for_call(WITH_CONDITIONS["prctl"][column], _one_of(0, HARMLESS_PRCTL, errno.EPERM))
    return b"".join([*lines, _allow()])
