"""The sandbox: what an agent's process can see and do. Bubblewrap builds it, the kernel holds it.

Namespaces: no network, its own processes alone, no System V memory, a host name of its own. Files: the
system's libraries, Python's, NumPy's and the agent's own, all read-only, and two small folders in memory.
An environment of a few fixed variables; bubblewrap itself is started with none, since ``/proc/1/environ``
would show it. A filter of system calls (``nmmo.score.seccomp``) which allows threads, but no processes.
Limits on memory, files and threads.

An agent's process is started in its sandbox, or forked from a zygote that moves in: ``nmmo.score.launch``.

As root, bubblewrap needs no user namespace, and the runner becomes an ordinary user of its own before it
loads the agent: limits on processes do not bind uid 0. As an ordinary user, everything is in a user
namespace.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from nmmo.agents.manifest import Manifest
from nmmo.score.errors import SandboxMissing
from nmmo.score.limits import Limits
from nmmo.score.runner import AGENT, LIBRARIES, LIGHT
from nmmo.score.seccomp import first_filter, machine, second_filter

__all__ = ["Sandbox", "sandbox_problem"]

FIRST_UID: Final = 50_000
UIDS: Final = 10_000
"""Users that Debian and systemd leave free; each agent of a scorer gets another."""

EXTRA_ADDRESSES: Final = 2 << 30
"""Beyond its memory, what a process may map: libraries, stacks that are never touched, files."""
EXTRA_ADDRESSES_OF_LIBRARIES: Final = 64 << 30
INTERPRETER_BYTES: Final = 64 << 20
"""Python and NumPy themselves are not charged to the agent."""

ENVIRONMENT: Final = {
    "HOME": "/home", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "PATH": "/usr/bin", "PYTHONHASHSEED": "0",
}  # fmt: skip
IDLE: Final = "/usr/bin/cat"
WARM_CAPABILITIES: Final = (
    "CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_KILL",
)  # fmt: skip
"""What joining a sandbox takes, and giving up everything then."""

_uids = itertools.count(os.getpid() * 64)


@cache
def sandbox_problem() -> str | None:
    """Return why agents cannot be run in the sandbox here, in words; None where they can."""
    if not sys.platform.startswith("linux"):
        return f"the sandbox needs Linux; this is {sys.platform}"
    if machine() is None:
        return f"the sandbox knows x86_64 and aarch64; this is {os.uname().machine}"
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed: apt-get install bubblewrap"
    command = [
        program, *_alone(), *_start_capabilities(), "--ro-bind", "/", "/", "--",
        sys.executable, "-S", "-c", "print('in')",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, env={}, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not work here: {error}"
    if done.returncode or done.stdout != "in\n":
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return (
            f"bubblewrap cannot make a sandbox here ({said}). In a container, it must be started with "
            "the right "
            "to make namespaces; as an ordinary user, the kernel must allow user namespaces "
            "(sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns)"
        )
    return None


def _namespaces() -> list[str]:
    options = [
        "--unshare-ipc", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox",
        "--die-with-parent", "--new-session", "--clearenv",
    ]  # fmt: skip
    return options if os.geteuid() == 0 else [*options, "--unshare-user"]


def _alone() -> list[str]:
    """Return options for a process that is the first of a process namespace."""
    return [*_namespaces(), "--unshare-pid", "--as-pid-1"]


def _capabilities(*names: str) -> list[str]:
    """Return options that leave these; for an ordinary user bubblewrap leaves none unless it is asked to."""
    options = ["--cap-drop", "ALL"]
    for name in names:
        options += ["--cap-add", name]
    return options


def _start_capabilities() -> list[str]:
    """Return the capabilities of a runner, which gives them up when it has become an ordinary user."""
    return _capabilities("CAP_SETUID", "CAP_SETGID") if os.geteuid() == 0 else []


@dataclass
class Sandbox:
    """How agents' processes are made.

    Attributes
    ----------
    limits
        Of each agent.
    zygote
        Whether they may be forks of a zygote (``nmmo.score.launch``): the same sandbox, begun faster.

    Raises
    ------
    nmmo.score.SandboxMissing
        If they cannot be made here; the message says why.
    """

    limits: Limits = field(default_factory=Limits)
    zygote: bool = True

    def __post_init__(self) -> None:
        problem = sandbox_problem()
        if problem is not None:
            raise SandboxMissing(
                f"{problem}. Strangers' code is not run without the sandbox; if you trust who wrote "
                "all of it, "
                "say so: --trust on the command line, trust=True in Python"
            )
        found = machine()
        assert found is not None
        self._program = shutil.which("bwrap")
        self._first = first_filter(found)
        self._second = second_filter(found)
        self._system = _system_files()

    def filter_file(self) -> int:
        """Return a descriptor of the first filter, as bubblewrap wants it; to be closed when it was passed on."""
        filter_fd = os.memfd_create("filter", 0)
        os.write(filter_fd, self._first)
        os.lseek(filter_fd, 0, os.SEEK_SET)
        return filter_fd

    def command(
        self, folder: Path, manifest: Manifest, arguments: list[str], info_fd: int, filter_fd: int
    ) -> list[str]:
        """Return the command line that starts a runner for an agent.

        Parameters
        ----------
        folder
            The agent's, which it will see as ``/agent``.
        manifest
            The agent's.
        arguments
            Of ``runner.main``.
        info_fd
            Where bubblewrap tells the process's number.
        filter_fd
            Of ``filter_file``.
        """
        return [
            str(self._program), *_alone(), *_start_capabilities(), "--seccomp", str(filter_fd),
            "--info-fd", str(info_fd), *self._files(manifest), *self._own_files(folder, manifest),
            *_environment(manifest.threads), "--remount-ro", "/", "--", *_python("runner.py"), *arguments,
        ]  # fmt: skip

    def idle_command(self, folder: Path, manifest: Manifest, info_fd: int) -> list[str]:
        """Return the command line that makes an agent's sandbox with an idle process in it, for others to join.

        The process copies what it reads; where it does, the sandbox stands.

        Parameters
        ----------
        folder, manifest, info_fd
            As for ``command``.
        """
        return [
            str(self._program), *_alone(), *_capabilities(), "--info-fd", str(info_fd), *self._files(manifest),
            *self._own_files(folder, manifest), "--remount-ro", "/", "--", IDLE,
        ]  # fmt: skip

    def zygote_command(self, arguments: list[str], info_fd: int) -> list[str]:
        """Return the command line of the zygote: it sees what agents see, but no agent.

        Parameters
        ----------
        arguments
            Of ``zygote.main``.
        info_fd
            Where bubblewrap tells the process's number.
        """
        script = f"{LIGHT}/nmmo/score/zygote.py"
        return [
            str(self._program), *_namespaces(), *_capabilities(*WARM_CAPABILITIES), "--info-fd", str(info_fd),
            *self._files(None), "--ro-bind", str(Path(__file__).with_name("zygote.py")), script,
            *_environment(1), "--remount-ro", "/", "--", *_python("zygote.py"), *arguments,
        ]  # fmt: skip

    def _files(self, manifest: Manifest | None) -> list[str]:
        """Return what every agent sees, and what this one asks for."""
        return [
            *self._system, *_library_files(manifest), "--dev-bind", "/dev/null", "/dev/null",
            "--dev-bind", "/dev/urandom", "/dev/urandom",
        ]  # fmt: skip

    def _own_files(self, folder: Path, manifest: Manifest) -> list[str]:
        """Return an agent's folder, and the two that it can write to."""
        size = str(self.limits.tmp_bytes)
        options = [
            "--ro-bind", os.path.abspath(folder), AGENT, "--perms", "1777", "--size", size, "--tmpfs", "/tmp",
            "--perms", "1777", "--size", size, "--tmpfs", "/home", "--chdir", "/home",
        ]  # fmt: skip
        if needs_more(manifest):
            options += ["--proc", "/proc"]  # torch counts processors there
        return options

    def start_message(self, manifest: Manifest, ticks: int, moved: bool) -> dict[str, Any]:
        """Return what the runner must know about its rights: limits, user, filters, whether it holds capabilities.

        Parameters
        ----------
        manifest
            The agent's.
        ticks
            Of the match.
        moved
            Whether it has moved into its sandbox; else bubblewrap has started it there, and has taken the first
            filter and the capabilities on itself.
        """
        memory = (manifest.memory_mb << 20) + INTERPRETER_BYTES
        addresses = memory + (EXTRA_ADDRESSES_OF_LIBRARIES if needs_more(manifest) else EXTRA_ADDRESSES)
        seconds = self.limits.start_seconds + self.limits.reserve_seconds + self.limits.tick_seconds * ticks
        limits = {
            "RLIMIT_DATA": memory,
            "RLIMIT_AS": addresses,
            "RLIMIT_CORE": 0,
            "RLIMIT_FSIZE": self.limits.tmp_bytes,
            "RLIMIT_NOFILE": self.limits.files,
            "RLIMIT_MEMLOCK": 0,
            "RLIMIT_CPU": int(seconds) + 60,  # the scorer counts exactly; this ends what it no longer watches
        }
        root = os.geteuid() == 0
        if root or _counts_by_namespace():
            limits["RLIMIT_NPROC"] = 4 * manifest.threads + 16
        return {
            "limits": limits,
            "uid": FIRST_UID + next(_uids) % UIDS if root else 0,
            "filters": [self._first, self._second] if moved else [self._second],
            "capabilities": moved,
        }


def needs_more(manifest: Manifest) -> bool:
    """Return whether an agent asks for more than NumPy."""
    return bool(set(manifest.needs) - {"numpy"})


@cache
def _counts_by_namespace() -> bool:
    """Return whether RLIMIT_NPROC counts within a user namespace, as since Linux 5.14; else all of the user's."""
    version = os.uname().release.split(".")
    try:
        return (int(version[0]), int("".join(itertools.takewhile(str.isdigit, version[1])))) >= (5, 14)
    except (ValueError, IndexError):
        return False


@cache
def _system_files() -> tuple[str, ...]:
    """Return options that show the system's libraries and Python's, read-only."""
    options: list[str] = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(name):
            options += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            options += ["--ro-bind", name, name]
    options += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    prefix = os.path.realpath(sys.base_prefix)
    if not prefix.startswith("/usr/"):
        options += [*_folders(os.path.dirname(prefix)), "--ro-bind", prefix, prefix]
    package = Path(__file__).resolve().parents[1]
    options += [*_folders(f"{LIGHT}/nmmo/score"), *_folders(LIBRARIES), *_folders("/dev")]
    for name in ("agents", "schema.py", "content_types.py"):
        options += ["--ro-bind", str(package / name), f"{LIGHT}/nmmo/{name}"]
    for name in ("runner.py", "messages.py"):
        options += ["--ro-bind", str(package / "score" / name), f"{LIGHT}/nmmo/score/{name}"]
    return tuple(options)


def _folders(path: str) -> list[str]:
    """Return a folder and those above it, which bubblewrap itself would close to all but root."""
    options: list[str] = []
    for folder in reversed([Path(path), *Path(path).parents]):
        if str(folder) != "/":
            options += ["--perms", "0755", "--dir", str(folder)]
    return options


def _environment(threads: int) -> list[str]:
    options: list[str] = []
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        options += ["--setenv", name, str(threads)]
    for name, value in ENVIRONMENT.items():
        options += ["--setenv", name, value]
    return options


def _python(script: str) -> list[str]:
    return [os.path.realpath(sys.executable), "-s", "-S", "-P", "-B", f"{LIGHT}/nmmo/score/{script}"]


def _library_files(manifest: Manifest | None) -> list[str]:
    if manifest is not None and needs_more(manifest):  # their dependencies are many: all that is installed beside nmmo
        return ["--ro-bind", sysconfig.get_paths()["platlib"], LIBRARIES]
    options: list[str] = []
    for name in ("numpy", "msgpack"):
        found = importlib.util.find_spec(name)
        assert found is not None and found.origin is not None  # nmmo itself needs them
        home = Path(found.origin).parent
        options += ["--ro-bind", str(home), f"{LIBRARIES}/{name}"]
        if (libraries := home.with_name(f"{name}.libs")).is_dir():
            options += ["--ro-bind", str(libraries), f"{LIBRARIES}/{libraries.name}"]
    return options


def scratch_folder() -> Path:
    """Return a new folder for what is only needed now."""
    return Path(tempfile.mkdtemp(prefix="nmmo-score-"))
