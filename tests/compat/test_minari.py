"""Minari: episodes are collected, written, loaded, and their environment made again."""

from __future__ import annotations

import minari
import numpy as np
import pytest
from small_envs import DEADLY, HORIZON, small_solo

import nmmo


@pytest.mark.parametrize("plain", [False, True], ids=["Config", "fields by name"])
def test_a_dataset_and_its_environment(plain, tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    config = nmmo.Config.preset("small", **DEADLY)
    env = small_solo(config=config) if not plain else small_solo()
    collector = minari.DataCollector(env, record_infos=True)
    rng = np.random.default_rng(0)
    seen = []
    for seed in (3, 4):
        observation, info = collector.reset(seed=seed)
        rows, ended = [observation], False
        while not ended:
            action = rng.choice(np.flatnonzero(info["action_mask"]))
            observation, _, terminated, truncated, info = collector.step(action)
            rows.append(observation)
            ended = terminated or truncated
        seen.append(np.array(rows))
    collector.create_dataset("nmmo/solo/random-v0", algorithm_name="random")
    dataset = minari.load_dataset("nmmo/solo/random-v0")
    assert dataset.total_episodes == 2
    for episode, rows in zip(dataset.iterate_episodes(), seen, strict=True):
        assert np.array_equal(episode.observations, rows)
        assert 0 < len(episode.actions) == len(rows) - 1 <= HORIZON
        assert episode.infos["action_mask"].shape == (len(rows), 69)
    again = dataset.recover_environment()
    assert again.unwrapped.world.config == env.unwrapped.world.config
    assert np.array_equal(again.reset(seed=3)[0], seen[0][0])


def test_the_page(run_section, tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    run_section("Minari")
