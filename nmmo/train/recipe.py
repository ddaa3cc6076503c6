"""What is trained, and how: every parameter of a run, typed and documented in one place.

A recipe is a TOML file with the sections of ``Recipe``. It may leave out what has its default, and may
say ``preset = "medium"`` in ``[world]``. The command line overrides single fields: ``--train.learning-
rate 3e-4``.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib.resources
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_type_hints

import nmmo

__all__ = [
    "PolicyOptions",
    "Recipe",
    "RecipeError",
    "RunOptions",
    "SelfPlayOptions",
    "TrainOptions",
    "shipped_recipes",
]


class RecipeError(ValueError):
    """A recipe that cannot be: the message names the field and the mend."""


@dataclass(frozen=True)
class PolicyOptions:
    """The network."""

    core: Literal["mingru", "lstm"] = "mingru"
    """The kind of memory: minGRU is cheaper, and parallel over time on a GPU; the LSTM's gates see
    its memory."""
    width: int = 128
    """Of the memory and of what enters and leaves it."""
    encoder_width: int = 128
    """Of the layer that takes in everything seen."""
    encoder_layers: int = 1
    """1: that layer feeds the memory; 2: another one stands between. Two also where the widths differ."""
    tile_channels: int = 8
    """Numbers learned of a tile."""
    item_channels: int = 8
    """Numbers learned of an inventory slot, and of an own listing."""
    glimpses: int = 0
    """Queries that look for something among the tiles in view, by attention; 0: none."""


@dataclass(frozen=True)
class TrainOptions:
    """The method: PPO on recurrent policies, with V-trace-clipped GAE over prioritised segments."""

    total_steps: int = 20_000_000
    """Agent-steps to train for; the learning rate's schedule spans them."""
    minutes: float = 0.0
    """Train for this many minutes instead (0: by total_steps). The schedule then follows the clock."""
    worlds: int = 2
    """Worlds that are played at once, on each process."""
    stagger: bool = True
    """Whether worlds with a horizon are at different ages at first, so that batches are of all ages."""
    segment: int = 64
    """Ticks that a rollout lasts, which is also the length of the sequences that are learned from."""
    minibatch: int = 64
    """Segments in a minibatch, of all processes together."""
    epochs: float = 1.0
    """How often a step is learned from, on average."""
    learning_rate: float = 0.01
    """Of Muon's matrices at the start; it follows a cosine down to final_learning_rate of itself."""
    adam_learning_rate: float = 1e-3
    """Of everything that Muon does not take: embeddings, biases, heads. All parameters without Muon."""
    final_learning_rate: float = 0.05
    """The share of the learning rates that is left at the end."""
    muon: bool = True
    """Whether hidden matrices are trained by Muon; else everything is by Adam."""
    momentum: float = 0.95
    """Muon's."""
    beta1: float = 0.9
    """Adam's decay of the mean."""
    beta2: float = 0.999
    """Adam's decay of the square."""
    epsilon: float = 1e-8
    """Adam's."""
    weight_decay: float = 0.0
    """Decoupled, of matrices only."""
    discount: float = 0.995
    """Of reward, a tick."""
    trace: float = 0.95
    """GAE's lambda."""
    rho_clip: float = 1.0
    """V-trace's bound on the importance of a step's own error."""
    trace_clip: float = 1.0
    """V-trace's bound on the importance of what follows."""
    clip: float = 0.2
    """PPO's bound on the change of a probability."""
    value_clip: float = 0.2
    """The bound on the change of a value estimate in one update; 0: none."""
    value_weight: float = 1.0
    """Of the value's loss."""
    entropy_weight: float = 0.01
    """Of the entropy bonus at the start."""
    final_entropy_weight: float = 0.003
    """Of it at the end; it follows the same cosine as the learning rate."""
    challenge: float = 0.0
    """Reward a tick, at the start, for being where danger is above 1, times what it is above 1, with a score
    that is about enough for such a place; it falls to nothing over ``challenge_share`` of the run."""
    challenge_share: float = 0.5
    """The part of the run after which the game's own rewards are all there is."""
    reward_clip: float = 0.0
    """Rewards are cut to -this..this; 0: never."""
    reward_scale: float = 1.0
    """What rewards are multiplied by, before clipping."""
    gradient_clip: float = 1.0
    """The largest norm of the gradient."""
    priority: float = 0.6
    """How strongly segments with large advantages are preferred; 0: all alike."""
    priority_correction: float = 0.4
    """How far that is undone by weights at the start; it grows to 1 at the end."""


@dataclass(frozen=True)
class SelfPlayOptions:
    """Who else plays in the worlds."""

    pool_share: float = 0.0
    """Share of the slots that past checkpoints play."""
    pool_size: int = 8
    """How many past policies are kept to play against."""
    pool_every: int = 50
    """Updates between two additions to the pool."""
    policies: int = 1
    """Past policies that play at the same time."""
    scripted_share: float = 0.0
    """Share of the slots that a scripted agent plays."""
    scripted: str = "forager"
    """Which: the name of an agent that comes with nmmo, or the folder of one."""


@dataclass(frozen=True)
class RunOptions:
    """The machine and the run's folder."""

    seed: int = 1
    """Of everything: the worlds, the first weights, the choice of actions."""
    initial: str = ""
    """Weights to begin with instead of random ones: the folder of a run, or of one of its checkpoints, with the same
    network. Worlds, rewards and all else may differ."""
    device: str = "auto"
    """"cpu", "cuda", "cuda:1" ...; auto: a CUDA device where there is one."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of the wide layers; auto: bfloat16 where the processor or the GPU computes with it."""
    processes: int = 0
    """Processes on this machine that play and learn together, each in its own worlds and, with CUDA, each on its own
    GPU. 0: on a CPU one a thread while each has 16 segments of a minibatch; on a GPU one. A run is resumed with
    as many as it had."""
    threads: int = 0
    """Of PyTorch on the CPU, and of the worlds, for all processes together; 0: all cores."""
    groups: int = 0
    """Groups of worlds that are played in turn, so that one is simulated while the other's actions are
    computed. 0: two on a GPU, one on a CPU, where it would be pointless."""
    cuda_graphs: bool = True
    """Whether acting is captured as CUDA graphs (on a CUDA device only)."""
    checkpoint_minutes: float = 2.0
    """Time between two checkpoints."""
    checkpoint_updates: int = 0
    """Rollouts between two checkpoints instead; 0: by time."""
    keep: int = 3
    """Checkpoints that are kept."""
    replay_minutes: float = 10.0
    """Time between two replays of the first world's game; 0: none."""
    replay_ticks: int = 512
    """Ticks that a replay lasts, at least, unless the world's episode ends."""
    tensorboard: bool = True
    """Whether TensorBoard's files are written too."""
    wandb: str = ""
    """The Weights & Biases project to report to; empty: none."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run.

    Raises
    ------
    RecipeError
        If a value is out of its range.
    nmmo.ConfigError
        If the world's configuration cannot be.
    """

    world: nmmo.Config = field(default_factory=lambda: nmmo.Config.preset("medium"))
    policy: PolicyOptions = PolicyOptions()
    train: TrainOptions = TrainOptions()
    selfplay: SelfPlayOptions = SelfPlayOptions()
    run: RunOptions = RunOptions()

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            section, _, option = name.partition(".")
            value = getattr(getattr(self, section), option)
            if not least <= value <= most:  # also catches NaN
                raise RecipeError(f"{name} = {value!r} is out of range {least:g}..{most:g}")
        shares = self.selfplay.pool_share + self.selfplay.scripted_share
        if shares > 0.95:
            raise RecipeError(
                f"selfplay.pool_share + selfplay.scripted_share = {shares:g} "
                "leaves the learner under 5% of the slots"
            )
        if self.world.rebirth == "on_request":
            raise RecipeError(
                'world.rebirth = "on_request" would end training at the first deaths; try "same_tick"'
            )
        if self.world.vocabulary:
            raise RecipeError("world.vocabulary: policies here do not speak; set it to 0")

    def to_toml(self) -> str:
        """The recipe with every field and its meaning, as TOML that ``from_toml`` reads."""
        parts = ["# A recipe for `nmmo train`, with every parameter.\n", "[world]\n" + self.world.to_toml()]
        for section in ("policy", "train", "selfplay", "run"):
            options = getattr(self, section)
            docs = field_docs(type(options))
            lines = [f"[{section}]"]
            for each in dataclasses.fields(options):
                lines += [f"# {line}" for line in docs[each.name].splitlines()]
                lines.append(f"{each.name} = {_toml(getattr(options, each.name))}")
            parts.append("\n".join(lines) + "\n")
        return "\n".join(parts)

    @classmethod
    def from_toml(cls, text: str) -> Recipe:
        """The recipe that TOML describes.

        Raises
        ------
        RecipeError
            If the text is no TOML, or has a name that is unknown or a value of the wrong type or range.
        nmmo.ConfigError
            If the world's configuration cannot be.
        """
        try:
            sections = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise RecipeError(f"this is not TOML: {error}") from None
        _known(sections, [each.name for each in dataclasses.fields(cls)], "section")
        for name, section in sections.items():
            if not isinstance(section, dict):
                raise RecipeError(f"{name} = {section!r} must be a section: write [{name}]")
        world = dict(sections.get("world", {}))
        base = nmmo.Config.preset(world.pop("preset", "medium"))
        kinds = {
            "policy": PolicyOptions, "train": TrainOptions, "selfplay": SelfPlayOptions, "run": RunOptions,
        }  # fmt: skip
        made: dict[str, Any] = {
            name: _options(name, kind, sections.get(name, {})) for name, kind in kinds.items()
        }
        return cls(world=base.replace(**world), **made)

    @classmethod
    def load(cls, name: str | Path) -> Recipe:
        """A recipe that comes with nmmo by its name, or one in a file that ends in ``.toml``.

        Raises
        ------
        RecipeError
            If there is none, or as by ``from_toml``; the message names the file.
        """
        if str(name).endswith(".toml"):
            try:
                text = Path(name).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise RecipeError(f"{name}: {error}") from None
        elif str(name) in shipped_recipes():
            text = _folder().joinpath(f"{name}.toml").read_text(encoding="utf-8")
        else:
            near = difflib.get_close_matches(str(name), shipped_recipes(), 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            names = ", ".join(shipped_recipes())
            raise RecipeError(
                f"there is no recipe {str(name)!r}{hint}; there are {names}, or a file that ends in .toml"
            )
        try:
            return cls.from_toml(text)
        except (RecipeError, nmmo.ConfigError) as error:
            raise RecipeError(f"{name}: {error}") from None


_RANGES: dict[str, tuple[float, float]] = {
    "policy.width": (8, 8192), "policy.encoder_width": (8, 8192), "policy.encoder_layers": (1, 2),
    "policy.tile_channels": (1, 256), "policy.item_channels": (1, 256), "policy.glimpses": (0, 256),
    "train.total_steps": (1, 10**15), "train.minutes": (0, 10**7), "train.worlds": (1, 65536),
    "train.segment": (2, 4096), "train.minibatch": (1, 10**7), "train.epochs": (0.01, 100),
    "train.learning_rate": (0, 10), "train.adam_learning_rate": (0, 10), "train.final_learning_rate": (0, 1),
    "train.momentum": (0, 0.9999), "train.beta1": (0, 0.9999), "train.beta2": (0, 0.999999),
    "train.epsilon": (1e-16, 1), "train.weight_decay": (0, 10),
    "train.discount": (0, 1), "train.trace": (0, 1), "train.rho_clip": (0.01, 1000),
    "train.trace_clip": (0.01, 1000),
    "train.clip": (0.0001, 100), "train.value_clip": (0, 10**6), "train.value_weight": (0, 1000),
    "train.entropy_weight": (0, 100), "train.final_entropy_weight": (0, 100),
    "train.challenge": (0, 1000), "train.challenge_share": (1e-6, 1),
    "train.reward_clip": (0, 10**6), "train.reward_scale": (1e-6, 10**6), "train.gradient_clip": (1e-6, 10**6),
    "train.priority": (0, 10), "train.priority_correction": (0, 1),
    "selfplay.pool_share": (0, 0.95), "selfplay.pool_size": (1, 1000), "selfplay.pool_every": (1, 10**9),
    "selfplay.policies": (1, 64), "selfplay.scripted_share": (0, 0.95),
    "run.seed": (0, 2**63 - 1), "run.processes": (0, 1024), "run.threads": (0, 1024), "run.groups": (0, 16),
    "run.checkpoint_minutes": (0.01, 10**6), "run.checkpoint_updates": (0, 10**9), "run.keep": (1, 10**6),
    "run.replay_minutes": (0, 10**6), "run.replay_ticks": (1, 10**6),
}  # fmt: skip


def shipped_recipes() -> list[str]:
    """The names of the recipes that come with nmmo."""
    return sorted(
        file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml")
    )


def _folder() -> Any:
    return importlib.resources.files("nmmo.train").joinpath("recipes")


def field_docs(kind: type) -> dict[str, str]:
    """The docstring under each field of a dataclass of this module."""
    import ast
    import inspect
    import textwrap

    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for one, after in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(one, ast.AnnAssign)
            and isinstance(one.target, ast.Name)
            and isinstance(after, ast.Expr)
        ):
            assert isinstance(after.value, ast.Constant)
            found[one.target.id] = inspect.cleandoc(str(after.value.value))
    return found


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def _known(given: Any, names: list[str], what: str) -> None:
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else f"; there are {', '.join(names)}"
            raise RecipeError(f"unknown {what} {name!r}{hint}")


def _options(section: str, kind: type, given: dict[str, Any]) -> Any:
    hints = get_type_hints(kind)
    _known(given, list(hints), f"field of [{section}]")
    return kind(**{name: _typed(f"{section}.{name}", hints[name], value) for name, value in given.items()})


def _typed(name: str, hint: Any, value: Any) -> Any:
    """A value from TOML, checked against the field's type."""
    choices = getattr(hint, "__args__", ())
    if choices:
        if value not in choices:
            raise RecipeError(f"{name} = {value!r} is none of {', '.join(map(repr, choices))}")
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        wanted = {int: "a whole number", float: "a number", bool: "true or false", str: "a string"}[hint]
        raise RecipeError(f"{name} = {value!r} must be {wanted}")
    return value
