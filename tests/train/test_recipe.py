"""Recipes: reading, writing, and saying what is wrong."""

from __future__ import annotations

import pytest

import nmmo
from nmmo.schema import settings_of
from nmmo.train.recipe import (
    OpponentOptions,
    PolicyOptions,
    Recipe,
    RecipeError,
    RunOptions,
    TrainOptions,
    shipped_recipes,
)

SECTIONS = {"policy": PolicyOptions, "train": TrainOptions, "opponents": OpponentOptions, "run": RunOptions}


@pytest.mark.parametrize("name", ["small", "base", "large"])
def test_shipped_recipes_survive_a_round_trip(name):
    recipe = Recipe.load(name)
    assert Recipe.from_toml(recipe.to_toml()) == recipe


def test_there_are_three_recipes():
    assert shipped_recipes() == ["base", "large", "small"]


def test_every_value_survives_a_round_trip():
    recipe = Recipe(
        world=nmmo.Config.preset("battle", map_seed=7, w_progress=0.125),
        policy=PolicyOptions(core="lstm", hidden_size=99),
        train=TrainOptions(minutes=1.5, optimizer="adam", adam_eps=1e-9),
        opponents=OpponentOptions(scripted='a "folder"\\with everything', scripted_share=0.25),
        run=RunOptions(seed=2**62, precision="bfloat16", tensorboard=False),
    )
    assert Recipe.from_toml(recipe.to_toml()) == recipe


def test_what_a_recipe_leaves_out_has_its_default():
    recipe = Recipe.from_toml('[world]\npreset = "small"\nn_players = 32\n[train]\ngamma = 1')
    assert recipe.world == nmmo.Config.preset("small", n_players=32)
    assert recipe.train == TrainOptions(gamma=1.0)
    assert recipe.policy == PolicyOptions()


@pytest.mark.parametrize("section", SECTIONS)
def test_every_option_is_documented_and_every_number_has_a_range(section):
    kind = SECTIONS[section]
    for name, setting in settings_of(kind).items():
        assert setting.doc, name
        if setting.kind in (int, float):
            assert setting.least is not None and setting.most is not None, name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tran]", "did you mean 'train'"),
        ("[train]\nlearning_rat = 1.0", "did you mean 'learning_rate'"),
        ("[train]\nlearning_rate = -1.0", "train.learning_rate = -1.0 is out of range 0..10"),
        ("[train]\nlearning_rate = nan", "out of range"),
        ('[train]\nlearning_rate = "fast"', "must be a number"),
        ("[train]\nworlds = 2.5", "must be a whole number"),
        ("[train]\nworlds = true", "must be a whole number"),
        ("[train]\nstagger = 1", "must be true or false"),
        ('[train]\noptimizer = "muom"', "train.optimizer = 'muom' is not a.*did you mean 'muon'"),
        ('[train]\nloss = "sac"', "train.loss = 'sac' is not a loss; there are ppo"),
        ('[train]\nschedule = "cosin"', "did you mean 'cosine'"),
        ('[policy]\nnetwork = "transformer"', "policy.network = 'transformer' is not a network"),
        ('[policy]\ncore = "gru"', "policy.core = 'gru' is not a recurrent core; did you mean 'mingru'"),
        ('[world]\npreset = "smal"', "did you mean 'small'"),
        ("[world]\nplayers = 3", "n_players"),
        ("train = 3", "must be a section"),
        ("[train", "not TOML"),
        ("[opponents]\npast_share = 0.6\nscripted_share = 0.4", "leaves the learner"),
        ('[world]\nrespawn = "on_request"', "same_tick"),
        ("[world]\nvocabulary = 3", "do not speak"),
    ],
)
def test_mistakes_are_named(text, message):
    with pytest.raises((RecipeError, nmmo.ConfigError), match=message):
        Recipe.from_toml(text)


def test_files_are_named_in_errors(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[train]\nwrlds = 3")
    with pytest.raises(RecipeError, match=r"mine\.toml.*worlds"):
        Recipe.load(path)
    path.write_bytes(b"\xff")
    with pytest.raises(RecipeError, match=r"mine\.toml"):
        Recipe.load(path)
    with pytest.raises(RecipeError, match=r"none\.toml"):
        Recipe.load(tmp_path / "none.toml")
    with pytest.raises(RecipeError, match="did you mean 'small'"):
        Recipe.load("smal")
