"""What is trained, and how: every parameter of a run, typed and documented in one place.

A recipe is a TOML file with the sections of ``Recipe``. It may leave out what has its default, and may
say ``preset = "medium"`` in ``[world]``. The command line overrides single fields:
``--train.learning-rate 3e-4``.
"""

from __future__ import annotations

import importlib.resources
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nmmo
from nmmo import schema
from nmmo.core.rewards import parse_terms
from nmmo.file_errors import explain
from nmmo.schema import Where, setting
from nmmo.train.registries import CORES, LOSSES, NETWORKS, OPTIMIZERS, SCHEDULES

__all__ = [
    "OpponentOptions",
    "PolicyOptions",
    "Recipe",
    "RecipeError",
    "RunOptions",
    "TrainOptions",
    "shipped_recipes",
]


class RecipeError(ValueError):
    """A recipe that is not valid; the message names the field and the fix."""


@dataclass(frozen=True)
class PolicyOptions:
    """The network."""

    network: str = setting(
        "default",
        'The policy\'s class: "default", or module:attribute of your own. The other fields of this section are '
        "the default network's; what your own reads of them is up to it.",
        registry=NETWORKS,
    )
    core: str = setting(
        "mingru",
        'The recurrent core: "mingru", which is cheaper, and parallel over time on a GPU; "lstm", whose gates '
        "see its state; or module:attribute of your own.",
        registry=CORES,
    )
    hidden_size: int = setting(
        128, "Size of the recurrent core's input and output, in numbers per agent.", least=8, most=8192
    )
    encoder_width: int = setting(
        128, "Size of the layer that reads the whole observation, in numbers per agent.", least=8, most=8192
    )
    encoder_layers: int = setting(
        1,
        "1: that layer feeds the core; 2: another one stands between. There are two also where encoder_width "
        "and hidden_size differ.",
        least=1,
        most=2,
    )
    tile_channels: int = setting(8, "Size of the learned embedding of a tile, in numbers.", least=1, most=256)
    item_channels: int = setting(
        8, "Size of the learned embedding of an inventory slot and of a market listing, in numbers.", least=1, most=256
    )
    tile_queries: int = setting(0, "Attention queries over the tiles in view; 0: no attention.", least=0, most=256)

    def __post_init__(self) -> None:
        schema.check(self, Where(RecipeError, path="policy"))


@dataclass(frozen=True)
class TrainOptions:
    """The method: PPO on recurrent policies, with V-trace-clipped GAE over prioritised segments."""

    total_timesteps: int = setting(
        20_000_000,
        "Length of the run in agent-steps, of all processes together; schedules span them.",
        least=1,
        most=10**15,
    )
    minutes: float = setting(
        0.0,
        "Length of the run in minutes instead; 0: by total_timesteps. Schedules then follow the clock.",
        least=0,
        most=10**7,
    )
    worlds: int = setting(2, "Worlds that each process plays at once.", least=1, most=65536)
    stagger: bool = setting(
        True, "Whether worlds with a horizon start at different ages, so that every batch has lives of all ages."
    )
    bptt_horizon: int = setting(
        64,
        "Length of a rollout in ticks, which is also the length of the segments that gradients are propagated through.",
        least=2,
        most=4096,
    )
    minibatch_segments: int = setting(
        64,
        "Segments (of bptt_horizon steps of one agent) in a minibatch, of all processes together.",
        least=1,
        most=10**7,
    )
    update_epochs: float = setting(
        1.0, "How often each step of a rollout is learned from, on average.", least=0.01, most=100
    )
    loss: str = setting("ppo", 'The loss of a minibatch: "ppo", or module:attribute of your own.', registry=LOSSES)
    optimizer: str = setting(
        "muon",
        '"muon": Muon for hidden matrices, Adam for the rest; "adamw" (with decoupled weight decay), "adam" '
        'or "sgd" for all parameters; or module:attribute of your own.',
        registry=OPTIMIZERS,
    )
    learning_rate: float = setting(0.01, "Initial learning rate of Muon and of SGD.", least=0, most=10)
    adam_learning_rate: float = setting(
        1e-3,
        "Initial learning rate of Adam: of embeddings, biases and heads beside Muon, of everything without it.",
        least=0,
        most=10,
    )
    schedule: str = setting(
        "cosine",
        'The course of the learning rates and of ent_coef from their initial to their final values: "cosine", '
        '"linear", "constant", or module:attribute of your own.',
        registry=SCHEDULES,
    )
    min_lr_ratio: float = setting(0.05, "Final learning rates, as a fraction of the initial ones.", least=0, most=1)
    momentum: float = setting(0.95, "Momentum of Muon and of SGD.", least=0, most=0.9999)
    adam_beta1: float = setting(
        0.9, "Adam's decay of the gradient's running mean, per optimizer step.", least=0, most=0.9999
    )
    adam_beta2: float = setting(
        0.999, "Adam's decay of the squared gradient's running mean, per optimizer step.", least=0, most=0.999999
    )
    adam_eps: float = setting(
        1e-8, "Adam's epsilon, added to the root of the running mean square.", least=1e-16, most=1
    )
    weight_decay: float = setting(
        0.0, "Weight decay of matrices, per unit of learning rate; biases have none.", least=0, most=10
    )
    gamma: float = setting(0.995, "Discount factor per tick.", least=0, most=1)
    gae_lambda: float = setting(0.95, "The lambda of generalised advantage estimation, per tick.", least=0, most=1)
    vtrace_rho_clip: float = setting(
        1.0, "V-trace's upper bound on the importance ratio of a step's own error.", least=0.01, most=1000
    )
    vtrace_c_clip: float = setting(
        1.0, "V-trace's upper bound on the importance ratio of the errors that follow.", least=0.01, most=1000
    )
    clip_coef: float = setting(
        0.2, "PPO's clipping: how far the probability ratio may move from 1.", least=0.0001, most=100
    )
    vf_clip_coef: float = setting(
        0.2,
        "Value clipping: how far a value estimate may move in one update, in units of return; 0: no clipping.",
        least=0,
        most=10**6,
    )
    vf_coef: float = setting(1.0, "Coefficient of the value loss.", least=0, most=1000)
    ent_coef: float = setting(0.01, "Initial coefficient of the entropy bonus.", least=0, most=100)
    final_ent_coef: float = setting(
        0.003,
        "Final coefficient of the entropy bonus; it follows the schedule of the learning rates.",
        least=0,
        most=100,
    )
    reward: tuple[str, ...] = setting(
        ("game",),
        'What is paid: "game", "alive", "danger" or module:attribute of your own, each as NAME or NAME=WEIGHT. '
        "Each term's share is a metric, reward/NAME.",
        least=1,
        most=64,
    )
    shaping_coef: float = setting(
        0.0,
        "Initial coefficient of the shaping reward: reward per tick and per level of danger above 1, for "
        "being at a place whose tier the score has about reached; 0: none. It falls to 0 over "
        "shaping_fraction of the run.",
        least=0,
        most=1000,
    )
    shaping_fraction: float = setting(
        0.5, "Fraction of the run after which the shaping reward is 0.", least=1e-06, most=1
    )
    reward_scale: float = setting(1.0, "Factor of all rewards, applied before clipping.", least=1e-06, most=10**6)
    reward_clip: float = setting(
        0.0, "Rewards are clipped to -reward_clip..reward_clip; 0: no clipping.", least=0, most=10**6
    )
    max_grad_norm: float = setting(
        1.0, "The gradient's norm is scaled down to this where it is larger.", least=1e-06, most=10**6
    )
    priority_alpha: float = setting(
        0.6,
        "How strongly segments with large advantages are preferred: the exponent of their priority; 0: all alike.",
        least=0,
        most=10,
    )
    priority_beta0: float = setting(
        0.4,
        "How far importance weights undo that preference: their initial exponent, which rises to 1 over the run.",
        least=0,
        most=1,
    )

    def __post_init__(self) -> None:
        schema.check(self, Where(RecipeError, path="train"))
        try:
            parse_terms(self.reward)
        except ValueError as error:
            raise RecipeError(f"train.reward: {error}") from None


@dataclass(frozen=True)
class OpponentOptions:
    """The players of the slots that the learner does not play."""

    past_share: float = setting(
        0.0, "Share of the slots that past policies of this run play, 0..0.95.", least=0, most=0.95
    )
    past_policies: int = setting(
        1, "Past policies that play at the same time, in equal shares of these slots.", least=1, most=64
    )
    pool_size: int = setting(8, "Past policies that are kept to be drawn from.", least=1, most=1000)
    snapshot_interval: int = setting(
        50,
        "Updates between two additions to the pool, after each of which the past policies in play are drawn again.",
        least=1,
        most=10**9,
    )
    scripted_share: float = setting(0.0, "Share of the slots that another opponent plays, 0..0.95.", least=0, most=0.95)
    scripted: str = setting(
        "forager",
        "That opponent: the name of an agent that comes with nmmo, the folder of one, or module:attribute of your own.",
    )

    def __post_init__(self) -> None:
        schema.check(self, Where(RecipeError, path="opponents"))


@dataclass(frozen=True)
class RunOptions:
    """The machine and the run's folder."""

    seed: int = setting(
        1, "Seed of everything: the worlds, the initial weights, the sampling of actions.", least=0, most=2**63 - 1
    )
    initial_weights: str = setting(
        "",
        "Weights to begin with instead of random ones: the folder of a run, or of one of its checkpoints, "
        "with the same network. Worlds, rewards and all else may differ.",
    )
    device: str = setting("auto", '"cpu", "cuda", "cuda:1" ...; auto: a CUDA device where there is one.')
    precision: Literal["auto", "float32", "bfloat16"] = setting(
        "auto", "Precision of the wide layers; auto: bfloat16 where the processor or the GPU computes with it."
    )
    processes: int = setting(
        0,
        "Processes on this machine that play and learn together, each in its own worlds and, with CUDA, each "
        "on its own GPU. 0: on a CPU one per thread while each has 16 segments of a minibatch; on a GPU one. "
        "A run is resumed with as many as it had.",
        least=0,
        most=1024,
    )
    threads: int = setting(
        0,
        "Threads of PyTorch on the CPU and of the worlds, for all processes together; 0: all cores.",
        least=0,
        most=1024,
    )
    env_groups: int = setting(
        0,
        "Groups of worlds that are played in turn, so that one is simulated while the other's actions are "
        "computed. 0: two on a GPU, one on a CPU, where it would be pointless.",
        least=0,
        most=16,
    )
    cuda_graphs: bool = setting(True, "Whether the policy's steps are captured as CUDA graphs (on a CUDA device only).")
    checkpoint_minutes: float = setting(2.0, "Minutes between two checkpoints.", least=0.01, most=10**6)
    checkpoint_updates: int = setting(0, "Updates between two checkpoints instead; 0: by time.", least=0, most=10**9)
    keep_checkpoints: int = setting(3, "Checkpoints that are kept, the newest ones.", least=1, most=10**6)
    replay_minutes: float = setting(
        10.0, "Minutes between two replays of the first world's game; 0: none.", least=0, most=10**6
    )
    replay_ticks: int = setting(
        512, "Length of a replay in ticks, at least, unless the world's episode ends.", least=1, most=10**6
    )
    tensorboard: bool = setting(True, "Whether TensorBoard's files are written too.")
    wandb_project: str = setting("", "The Weights & Biases project to report to; empty: none.")

    def __post_init__(self) -> None:
        schema.check(self, Where(RecipeError, path="run"))


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run.

    Raises
    ------
    RecipeError
        If values contradict one another.
    """

    world: nmmo.Config = setting(nmmo.Config.preset("medium"), "the worlds")
    policy: PolicyOptions = setting(PolicyOptions(), "the network")
    train: TrainOptions = setting(TrainOptions(), "the method")
    opponents: OpponentOptions = setting(OpponentOptions(), "who else plays")
    run: RunOptions = setting(RunOptions(), "the machine and the run's folder")

    def __post_init__(self) -> None:
        shares = self.opponents.past_share + self.opponents.scripted_share
        if shares > 0.95:
            raise RecipeError(
                f"opponents.past_share + opponents.scripted_share = {shares:g} leaves the learner under 5% of the slots"
            )
        if self.world.respawn == "on_request":
            raise RecipeError('world.respawn = "on_request" would end training at the first deaths; try "same_tick"')
        if self.world.vocabulary:
            raise RecipeError("world.vocabulary: policies here do not speak; set it to 0")

    def to_toml(self) -> str:
        """Return the recipe with every field and its meaning, as TOML that ``from_toml`` reads."""
        return "# A recipe for `nmmo train`, with every parameter.\n\n" + schema.to_toml(self)

    @classmethod
    def from_toml(cls, text: str | bytes, source: str = "") -> Recipe:
        """Return the recipe that TOML describes.

        Parameters
        ----------
        text
            Sections and fields; what it leaves out has its default. ``preset`` in ``[world]`` names a preset.
        source
            The name of the file, for errors.

        Raises
        ------
        RecipeError
            If the text is not TOML, or a name is unknown, or a value is of the wrong type or out of its range.
        """
        where = Where(RecipeError, source)
        sections = schema.parse_toml(text, where)
        world = nmmo.Config.read(sections.pop("world", {}), where.at("world"), "medium")
        return schema.build(cls, {"world": world, **sections}, where)

    @classmethod
    def load(cls, name: str | Path) -> Recipe:
        """Return a recipe that comes with nmmo by its name, or one in a file that ends in ``.toml``.

        Raises
        ------
        RecipeError
            If there is none, or as by ``from_toml``; the message names the file.
        """
        if str(name).endswith(".toml"):
            try:
                text = Path(name).read_bytes()
            except OSError as error:
                raise RecipeError(explain(error, name)) from None
        elif str(name) in shipped_recipes():
            text = _folder().joinpath(f"{name}.toml").read_bytes()
        else:
            raise RecipeError(
                f"there is no recipe {str(name)!r}; {schema.nearest(name, shipped_recipes())} "
                "(or a file that ends in .toml)"
            )
        return cls.from_toml(text, str(name))


def shipped_recipes() -> list[str]:
    """Return the names of the recipes that come with nmmo."""
    return sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


def _folder() -> Any:
    return importlib.resources.files("nmmo.train").joinpath("recipes")
