"""TorchRL: the slots of a world as a batch, one learner, and agents by name."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from small_envs import DEADLY, HORIZON, PLAYERS, small_parallel, small_solo, small_vector
from torchrl.collectors import Collector
from torchrl.envs import GymEnv, GymWrapper, PettingZooWrapper, TransformedEnv, check_env_specs
from torchrl.envs.transforms import ActionMask, RewardSum, StepCounter

pytestmark = pytest.mark.filterwarnings("ignore")  # it warns of every PettingZoo but 1.24.3


def test_the_page(run_section):
    run_section("TorchRL")


@pytest.mark.parametrize("mode", ["Disabled", "SameStep"])
def test_a_world_is_a_batch(mode):
    envs = GymWrapper(small_vector(autoreset_mode=mode, copy=True), categorical_action_encoding=True)
    assert envs.batch_size == torch.Size([PLAYERS])
    played = envs.rollout(2 * HORIZON, break_when_any_done=False)
    assert played["observation"].shape[:2] == (PLAYERS, 2 * HORIZON)
    assert played["next", "done"].sum() > PLAYERS
    envs.close()


def test_next_step_is_refused_by_name():
    with pytest.raises(RuntimeError, match="autoreset"):
        GymWrapper(small_vector(autoreset_mode="NextStep"), categorical_action_encoding=True)


def test_one_learner_passes_its_check_of_specs():
    check_env_specs(GymWrapper(small_solo(), categorical_action_encoding=True), seed=0)


def test_one_learner_by_name():
    env = GymEnv("nmmo/solo-v3", categorical_action_encoding=True, opponents="random", **DEADLY)
    check_env_specs(env, seed=0)
    assert env.rollout(20).shape[0] > 0


def test_a_collector_counts_lives():
    env = TransformedEnv(GymWrapper(small_solo(), categorical_action_encoding=True), StepCounter())
    env.append_transform(RewardSum())
    collector = Collector(env, frames_per_batch=64, total_frames=192)
    batches = list(collector)
    assert sum(batch.numel() for batch in batches) == 192
    ends = torch.cat([batch["next", "done"].flatten() for batch in batches])
    assert ends.sum() >= 2
    collector.shutdown()


# ---- agents by name ------------------------------------------------------------------------------------


def test_agents_by_name_while_some_die():
    env = PettingZooWrapper(small_parallel(), use_mask=True, done_on_any=False)
    played = env.rollout(HORIZON)
    assert played["player", "observation"].shape[1] == PLAYERS
    assert not played["player", "mask"].all()  # some have left
    assert played["player", "mask"].any(1).all()


def test_masks_of_agents_by_name():
    env = TransformedEnv(
        PettingZooWrapper(small_parallel(n_monsters=0), use_mask=True, done_on_any=False, categorical_actions=True),
        ActionMask(action_key=("player", "action"), mask_key=("player", "action_mask")),
    )
    played = env.rollout(8)
    chosen = played["player", "action"].unsqueeze(-1)
    assert played["player", "action_mask"].gather(-1, chosen).all()
    assert not np.array_equal(played["player", "action"][0, 0], played["player", "action"][0, 7])
