"""What an agent can do from inside the sandbox: play, and nothing else. Each of these tries something."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hostile import CONFIG, HEAD, TIGHT, WAIT, acting, doing, needs_sandbox, play, write_agent

import nmmo
from nmmo.agents import Manifest, open_agent, setting_of
from nmmo.core.content import CONTENT, N_ACTIONS
from nmmo.score import sandbox as sandbox_module
from nmmo.score.errors import SandboxMissing, ScoreError
from nmmo.score.limits import Limits
from nmmo.score.process import AgentProcess
from nmmo.score.sandbox import Sandbox

pytestmark = needs_sandbox


def printed(tmp_path: Path, body: str, **resources: int) -> str:
    """Return what an honest-looking agent prints when it has tried something; it must have played on."""
    agent_report, output, _ = play(tmp_path / "agent", doing(body), **resources)
    assert agent_report.verdict == "played", agent_report.words()
    return output


def attempt(statement: str) -> str:
    """Return code that says how a statement ended."""
    return (
        f"try:\n    print('did', {statement})\n"
        "except BaseException as error:\n    print('failed', type(error).__name__)"
    )


def test_an_agent_plays_its_actions(tmp_path):
    agent_report, _, played = play(tmp_path / "a", acting("return np.arange(4) + self.tick"))
    assert [actions.tolist() for actions in played] == [
        [1, 2, 3, 4],
        [2, 3, 4, 5],
        [3, 4, 5, 6],
        [4, 5, 6, 7],
    ]
    assert agent_report.words() == "" and agent_report.waited == 0


def test_an_agent_sees_its_rows_seed_and_slots(tmp_path):
    code = f"""{HEAD}
class It(Agent):
    def act(self, rows, mask):
        named = rows.view(self.setting.observation)[:, 0]
        assert (named["mask"] == mask).all() and mask.shape == (4, self.setting.n_actions)
        print(self.setting.content.items.sword.attack, self.setting.content.number.ACTIONS, end=" ")
        drawn = int(self.rng.integers(1000))
        print(self.slots.tolist(), drawn, self.setting.config["map_seed"], int(rows.sum()))
        {WAIT}
"""
    path = write_agent(tmp_path / "a", code)
    setting = setting_of(CONFIG)
    with AgentProcess(Sandbox(TIGHT), path, Manifest.load(path), setting, [3, 5, 6, 9], 1) as process:
        process.reset(7)
        process.wait_ready()
        assert process.playing
        rows = np.full((10, setting.observation.itemsize), 3, np.uint8)
        process.request(rows)
        process.actions()
        process.close()
        drawn = int(np.random.default_rng(7).integers(1000))
        total = 3 * 4 * rows.shape[1]
        content = f"{CONTENT.items.sword.attack} {N_ACTIONS}"
        assert process.output.decode() == f"{content} [3, 5, 6, 9] {drawn} -1 {total}\n"


@pytest.mark.parametrize("name", ["random", "forager"])
def test_a_shipped_agent_plays_the_same_inside_and_outside(name):
    from nmmo.agents import Match, load_agent, seat_agents
    from nmmo.agents.match import seat_seed

    found = open_agent(name)
    setting = setting_of(CONFIG)
    with nmmo.World(CONFIG, 3) as world:
        world.reset(3)
        match = Match(world, seat_agents([load_agent(name, setting)], CONFIG))
        with AgentProcess(Sandbox(), found.path, found.manifest, setting, range(4), 30) as process:
            process.reset(seat_seed(world.seed, 0))
            process.wait_ready()
            assert process.playing, process.report.words()
            for _ in range(30):
                process.request(world.observations.view(np.uint8).reshape(4, -1))
                inside, outside = process.actions(), match.choose_actions()
                assert inside.tolist() == outside.tolist()
                world.step(outside)


# ---- getting out ---------------------------------------------------------------------------------


WAYS = ["zygote", "cold"]
"""How its process came into the sandbox: nmmo.score.launch."""

ATTEMPTS = [
    "socket.socket()",
    "socket.create_connection(('1.1.1.1', 80), 1)",
    "socket.socket(socket.AF_UNIX)",
    "socket.socketpair()",
    "open('/agent/new', 'w')",
    "open('/agent/agent.py', 'a')",
    "open('/usr/new', 'w')",
    "open('/new', 'w')",
    "open('/nmmo/nmmo/agents/base.py', 'a')",
    "os.mkdir('/agent/new')",
    "os.symlink('/usr', '/tmp/link')",
    "os.link('/agent/agent.py', '/tmp/link')",
    "os.chmod('/tmp', 0o777)",
    "os.mknod('/tmp/device', 0o60600, os.makedev(8, 0))",
    "open('/etc/passwd').read()",
    "open('/etc/shadow').read()",
    "os.listdir('/work')",
    "os.listdir(os.environ['HOME'] + '/../var')",
    "open('/proc/1/environ').read()",
    "open('/proc/self/mem', 'wb')",
    "open('/sys/kernel/notes')",
    "os.fork()",
    "subprocess.run(['/usr/bin/id'])",
    "os.execv('/usr/bin/id', ['id'])",
    "os.posix_spawn('/usr/bin/id', ['id'], {})",
    "os.kill(os.getppid(), signal.SIGKILL)",
    "os.kill(1, signal.SIGKILL)",
    "os.kill(-1, signal.SIGKILL)",
    "os.killpg(os.getpgrp(), signal.SIGKILL)",
    "signal.pidfd_send_signal(os.pidfd_open(1), signal.SIGKILL)",
    "signal.setitimer(signal.ITIMER_REAL, 1)",
    "os.setuid(0)",
    "os.setresuid(0, 0, 0)",
    "os.setgroups([0])",
    "os.chroot('/tmp')",
    "os.nice(-5)",
    "os.sched_setaffinity(0, {0})",
    "os.memfd_create('bomb')",
    "mmap.mmap(-1, 1 << 20)",  # shared and anonymous: not counted by the limit on data
    "mmap.mmap(ROWS, 4096)",  # the rows once more, writeable
    "os.pwrite(ROWS, b'x', 0)",
    "os.ftruncate(ROWS, 0)",
    "os.ftruncate(ROWS + 1, 0)",
    "rows.__setitem__(0, 1)",
    "setattr(rows.flags, 'writeable', True)",
]
CALLS = [
    "libc.ptrace(0, 0, 0, 0)",
    "libc.unshare(0x10000000)",
    "libc.unshare(0x00020000)",
    "libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)",  # clone into a user namespace
    "libc.syscall(56, 17, 0, 0, 0, 0)",  # clone: a process
    "libc.syscall(435, 0, 0)",  # clone3
    "libc.vfork()",
    "libc.mount(b'none', b'/tmp', b'tmpfs', 0, 0)",
    "libc.prctl(1, 0, 0, 0, 0)",  # outlive the scorer
    "libc.syscall(310, 1, 0, 0, 0, 0, 0)",  # process_vm_readv
    "libc.syscall(321, 0, 0, 0)",  # bpf
    "libc.syscall(425, 8, 0)",  # io_uring_setup
    "libc.syscall(250, 0, 0, 0)",  # keyctl
    "libc.shmget(0, 4096, 0o1600)",
    "libc.setsid()",
    "libc.personality(0)",
]


@pytest.fixture(scope="module", params=WAYS)
def attempts(tmp_path_factory, request):
    """Return what one agent says that tries all of these, by statement."""
    tried = [*ATTEMPTS, *[f"int({call} != -1) or 1 // 0" for call in CALLS]]
    body = "ROWS = int(sys.argv[3])\n" + "\n".join(attempt(statement) for statement in tried)
    lines = printed(tmp_path_factory.mktemp("attempts"), body, zygote=request.param == "zygote").splitlines()
    return dict(zip([*ATTEMPTS, *CALLS], lines, strict=True))


@pytest.mark.parametrize("statement", ATTEMPTS)
def test_what_an_agent_tries_fails(attempts, statement):
    assert attempts[statement].startswith("failed ")


@pytest.mark.parametrize("call", CALLS)
def test_what_an_agent_asks_of_the_kernel_is_refused(attempts, call):
    if call.startswith("libc.syscall") and os.uname().machine != "x86_64":
        pytest.skip("the numbers of these calls are those of x86_64")
    assert attempts[call] == "failed ZeroDivisionError"


@pytest.mark.parametrize("way", WAYS)
def test_the_environment_tells_nothing(tmp_path, monkeypatch, way):
    monkeypatch.setenv("SECRET", "of the organiser")
    names = printed(tmp_path, "print(sorted(os.environ))", zygote=way == "zygote")
    assert "SECRET" not in names and "HOME" in names


def test_an_agent_is_an_ordinary_user_alone_in_its_world(tmp_path):
    said = printed(
        tmp_path,
        "print(os.getpid(), os.getppid(), os.getuid() != 0, os.getgroups(), os.uname().nodename, "
        "sorted(os.listdir('/')))",
    )
    assert said.startswith("1 0 True [") and "sandbox" in said
    assert not {"work", "etc/passwd", "proc", "var"} & set(said.replace("'", " ").replace(",", " ").split())


def test_an_agent_can_write_a_little_for_itself(tmp_path):
    body = (
        "open('/tmp/x', 'w').write('a'); open(os.environ['HOME'] + '/y', 'w').write('b'); print(open('/tmp/x').read())"
    )
    assert printed(tmp_path, body) == "a\n"


def test_the_engine_is_not_there(tmp_path):
    assert printed(tmp_path, attempt("__import__('nmmo.core')")).startswith("failed ModuleNotFoundError")


# ---- taking too much -----------------------------------------------------------------------------


def test_memory_is_limited(tmp_path):
    said = printed(tmp_path, attempt("len(bytearray(256 << 20))"))
    assert said == "failed MemoryError\n"


def test_memory_is_limited_to_what_the_manifest_says(tmp_path):
    unwritten = "len(__import__('numpy').empty(256 << 20, 'u1'))"  # writing so much would take its time
    assert printed(tmp_path, attempt(unwritten), memory_mb=1024) == f"did {256 << 20}\n"


def test_a_disk_is_not_filled(tmp_path):
    body = """
block, written = b'x' * (1 << 20), 0
try:
    for number in range(64):
        with open(f'/tmp/{number}', 'wb') as file:
            written += file.write(block)
except OSError as error:
    print(error.errno, written >> 20)
"""
    number, written = printed(tmp_path, body).split()
    assert int(number) == 28 and int(written) <= 16


def test_threads_are_limited(tmp_path):
    body = """
begun = []
try:
    for number in range(500):
        thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)
        thread.start()
        begun.append(thread)
except RuntimeError:
    pass
print(len(begun))
"""
    assert 1 <= int(printed(tmp_path, body, memory_mb=4096)) <= 20


def test_many_files_cannot_be_open(tmp_path):
    assert printed(tmp_path, attempt("[open('/dev/null') for _ in range(1000)]")) == "failed OSError\n"


def test_an_endless_loop_is_ended_by_its_own_time(tmp_path):
    agent_report, _, played = play(tmp_path / "a", doing("while True: pass"))
    assert (agent_report.verdict, agent_report.tick) == ("late", 2)
    assert "processor time" in agent_report.reason and agent_report.waited == 3
    assert all((actions == 0).all() for actions in played)


def test_slow_ticks_use_up_the_reserve(tmp_path):
    body = f"until = time.process_time() + 0.25\nwhile time.process_time() < until: pass\n{WAIT}"
    agent_report, _, _ = play(tmp_path / "a", acting(body), ticks=8)
    assert agent_report.verdict == "late" and agent_report.tick in (3, 4)


def test_time_that_it_sleeps_is_not_its_own(tmp_path):
    agent_report, _, _ = play(tmp_path / "a", acting(f"time.sleep(0.3)\n{WAIT}"), ticks=4)
    assert agent_report.verdict == "played"


def test_sleeping_for_ever_meets_the_wall(tmp_path):
    agent_report, _, _ = play(tmp_path / "a", doing("time.sleep(1000)"), limits=replace(TIGHT, wall_factor=4.0))
    assert (agent_report.verdict, agent_report.tick) == ("asleep", 2)


def test_a_slow_start_is_ended(tmp_path):
    limits = Limits(start_seconds=1.0, tick_seconds=0.05, reserve_seconds=0.5, wall_factor=40.0)
    agent_report, _, _ = play(tmp_path / "a", HEAD + "while True: pass", limits=limits)
    assert (agent_report.verdict, agent_report.tick) == ("did not start", None)
    assert "to start" in agent_report.reason


def test_printing_without_end_is_ended(tmp_path):
    agent_report, output, _ = play(tmp_path / "a", doing("while True: os.write(1, b'spam' * 10000)"))
    assert (agent_report.verdict, agent_report.tick) == ("flooded", 2)
    assert 0 < len(output) <= TIGHT.kept_output_bytes


# ---- failing -------------------------------------------------------------------------------------

FAILURES = {
    "at import": (HEAD + "raise ValueError('no weights')", "did not start", None, "ValueError: no weights"),
    "syntax": ("def", "did not start", None, "agent.py, line 1"),
    "in reset": (acting(WAIT, more="    def reset(self, seed, slots): 1 / "
                                   "0"), "did not start", None, "ZeroDivisionError"),
    "in act": (doing("raise KeyError('gold')"), "crashed", 2, "KeyError: 'gold'"),
    "exits": (doing("sys.exit(3)"), "crashed", 2, "SystemExit"),
    "exits at once": (doing("os._exit(3)"), "crashed", 2, "ended by itself with status 3"),
    "segmentation fault": (doing("ctypes.string_at(0)"), "crashed", 2, "SIGSEGV"),
    "abort": (doing("os.abort()"), "crashed", 2, "its process"),
    "recursion": (doing("def f(): f()\nf()"), "crashed", 2, "RecursionError"),
    "closes its pipes": (doing("os.closerange(3, 100)"), "crashed", 2, ""),
    "garbage in the pipe": (doing("os.write(int(sys.argv[2]), "
                                  "b'garbage')"), "corrupt", 2, "wrote into the pipe"),
    "a frame without end": (doing("os.write(int(sys.argv[2]), "
                                  "b'i\\xff\\xff\\xff\\x7f')"), "corrupt", 2, "announces"),
    "no msgpack": (doing("os.write(int(sys.argv[2]), "
                         "b'i\\x02\\0\\0\\0\\xc1\\xc1')"), "corrupt", 2, "not a message"),
    "a frame that breaks off": (doing("os.write(int(sys.argv[2]), b'i\\x20\\0\\0\\0\\xc1'); "
                                      "time.sleep(9)"), "corrupt", 2, "breaks off"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", FAILURES)
def test_a_failure_ends_its_part_and_is_told_in_words(tmp_path, what, way):
    code, verdict, tick, reason = FAILURES[what]
    agent_report, _, played = play(tmp_path / "a", code, zygote=way == "zygote")
    assert (agent_report.verdict, agent_report.tick) == (verdict, tick), agent_report.words()
    assert reason in agent_report.reason
    assert agent_report.waited == (4 if tick is None else 3)
    assert (played[-1] == 0).all()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("None", "None"),
        ("np.zeros(3, np.int64)", "shape (3,)"),
        ("np.zeros((4, 2), np.int64)", "shape (4, 2)"),
        ("np.zeros(4)", "float64"),
        ("np.full(4, 255)", "action 255"),
        ("np.full(4, -1)", "action -1"),
        ("np.full(4, 2**40)", "action 1099511627776"),
        ("'attack'", ""),
        ("[[1], [2, 3]]", ""),
    ],
)
def test_an_illegal_answer_is_a_wait_and_the_agent_plays_on(tmp_path, answer, message):
    code = acting(f"return {answer} if self.tick == 2 else np.full(4, 5)")
    agent_report, _, played = play(tmp_path / "a", code)
    assert agent_report.verdict == "played" and agent_report.illegal == 1 and agent_report.waited == 1
    assert agent_report.first_illegal.startswith("tick 2: ") and message in agent_report.first_illegal
    assert [actions[0] for actions in played] == [5, 0, 5, 5]


def test_numbers_written_past_the_runner_are_checked_too(tmp_path):
    body = """
if self.tick == 2:
    memory = mmap.mmap(int(sys.argv[4]), 32)
    memory[:] = b'\\xff\\x7f\\0\\0\\0\\0\\0\\0' * 4
    os.write(int(sys.argv[2]), b'.')
    time.sleep(0.2)
"""
    agent_report, _, played = play(tmp_path / "a", acting(body + WAIT), ticks=2)
    assert agent_report.illegal == 1 and (played[1] == 0).all()


def test_patching_nmmo_inside_changes_nothing_outside(tmp_path):
    """The checks inside are a courtesy to honest agents; those that count are made outside."""
    top = "import nmmo.agents.validate_actions as checks\nchecks._check_range = lambda *_: None"
    agent_report, _, played = play(tmp_path / "a", acting("return np.full(4, 30000 if self.tick == 2 else 5)", top))
    assert agent_report.verdict == "played" and (agent_report.illegal, agent_report.waited) == (1, 1)
    assert [actions[0] for actions in played] == [5, 0, 5, 5]


def test_agents_do_not_see_one_another(tmp_path):
    """Two at once: no shared files, no shared processes, no way to the other's memory."""
    leaves = write_agent(tmp_path / "a", acting(f"open('/tmp/mine', 'w').write('secret')\n{WAIT}"))
    looks = write_agent(tmp_path / "b", acting(f"print(os.listdir('/tmp'), os.listdir('/home'))\n{WAIT}"))
    setting = setting_of(CONFIG)
    sandbox = Sandbox(TIGHT)
    with (
        AgentProcess(sandbox, leaves, Manifest.load(leaves), setting, [0, 1], 3) as first,
        AgentProcess(sandbox, looks, Manifest.load(looks), setting, [2, 3], 3) as second,
    ):
        for process in (first, second):
            process.reset(1)
            process.wait_ready()
            assert process.playing
        for process in (first, second, first, second):
            process.request(np.zeros((4, setting.observation.itemsize), np.uint8))
            process.actions()
        second.close()
        assert second.output == b"[] []\n[] []\n"


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_left_behind(tmp_path, way):
    path = write_agent(tmp_path / "a", acting(WAIT, top="threading.Thread(target=time.sleep, args=(600,)).start()"))
    sandbox = Sandbox(TIGHT, way == "zygote")
    AgentProcess(sandbox, path, Manifest.load(path), setting_of(CONFIG), range(4), 3).close()  # starts the zygote
    before = set(os.listdir("/proc/self/fd"))
    process = AgentProcess(sandbox, path, Manifest.load(path), setting_of(CONFIG), range(4), 3)
    process.reset(1)
    process.wait_ready()
    assert process.playing
    pid = process._started.pid
    process.close()
    process.close()
    assert not Path(f"/proc/{pid}").exists()
    del process  # its view of the shared memory holds two
    assert set(os.listdir("/proc/self/fd")) <= before


def test_a_folder_may_be_named_as_seen_from_here(tmp_path, monkeypatch):
    """The process that runs bubblewrap starts elsewhere."""
    monkeypatch.chdir(tmp_path)
    agent_report, _, _ = play(Path("a"), acting(WAIT))
    assert agent_report.words() == ""


@pytest.mark.parametrize("way", WAYS)
def test_a_sandbox_that_cannot_be_made_is_not_held_against_the_agent(tmp_path, way):
    path = write_agent(tmp_path / "a", acting(WAIT))
    manifest = Manifest.load(path)
    sandbox = Sandbox(TIGHT, way == "zygote")
    AgentProcess(sandbox, path, manifest, setting_of(CONFIG), range(4), 3).close()  # begins the zygote
    before = set(os.listdir("/proc/self/fd"))
    shutil.rmtree(path)
    with pytest.raises(ScoreError, match=r"'hostile' could not be made; .*bwrap: Can't find source path"):
        AgentProcess(sandbox, path, manifest, setting_of(CONFIG), range(4), 3).wait_ready()
    assert set(os.listdir("/proc/self/fd")) <= before


def test_limits_above_what_the_machine_gives_are_what_it_gives(tmp_path):
    """An ordinary user may not raise a limit, and must not be able to stop a match by asking for more."""
    lowered = resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2
    tells = f"print(resource.getrlimit(resource.RLIMIT_NOFILE))\n{WAIT}"
    path = write_agent(tmp_path / "a", acting(tells, "import resource"))
    limits = replace(TIGHT, files=2 * lowered)
    script = f"""
import resource, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from hostile import CONFIG
from nmmo.agents import Manifest, setting_of
from nmmo.score.limits import Limits
from nmmo.score.process import AgentProcess
from nmmo.score.sandbox import Sandbox
import numpy as np
resource.setrlimit(resource.RLIMIT_NOFILE, ({lowered}, {lowered}))
path = Path({str(path)!r})
with AgentProcess(Sandbox({limits!r}), path, Manifest.load(path), setting_of(CONFIG), range(4), 3) as process:
    process.reset(1)
    process.wait_ready()
    assert process.playing, process.report.words()
    process.request(np.zeros((4, setting_of(CONFIG).observation.itemsize), np.uint8))
    process.actions()
    process.close()
    print(process.output.decode())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [f"({lowered},", f"{lowered})"]


def test_without_bubblewrap_strangers_are_refused_in_words(monkeypatch):
    monkeypatch.setattr(sandbox_module, "sandbox_problem", lambda: "bubblewrap is not installed")
    with pytest.raises(SandboxMissing, match=r"bubblewrap is not installed.*--trust"):
        Sandbox()
