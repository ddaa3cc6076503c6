"""Recipes: reading, writing, and saying what is wrong."""

from __future__ import annotations

import dataclasses

import pytest

import nmmo
from nmmo.train.recipe import (
    _RANGES,
    PolicyOptions,
    Recipe,
    RecipeError,
    RunOptions,
    SelfPlayOptions,
    TrainOptions,
    field_docs,
    shipped_recipes,
)

SECTIONS = {"policy": PolicyOptions, "train": TrainOptions, "selfplay": SelfPlayOptions, "run": RunOptions}


@pytest.mark.parametrize("name", ["small", "base", "large"])
def test_shipped_recipes_survive_a_round_trip(name):
    recipe = Recipe.load(name)
    assert Recipe.from_toml(recipe.to_toml()) == recipe


def test_there_are_three_recipes():
    assert shipped_recipes() == ["base", "large", "small"]


def test_every_value_survives_a_round_trip():
    recipe = Recipe(
        world=nmmo.Config.preset("battle", map_seed=7, w_progress=0.125),
        policy=PolicyOptions(core="lstm", width=99),
        train=TrainOptions(minutes=1.5, muon=False, epsilon=1e-9),
        selfplay=SelfPlayOptions(scripted='a "folder"\\with everything', scripted_share=0.25),
        run=RunOptions(seed=2**62, precision="bfloat16", tensorboard=False),
    )
    assert Recipe.from_toml(recipe.to_toml()) == recipe


def test_what_a_recipe_leaves_out_has_its_default():
    recipe = Recipe.from_toml('[world]\npreset = "small"\nn_players = 32\n[train]\ndiscount = 1')
    assert recipe.world == nmmo.Config.preset("small", n_players=32)
    assert recipe.train == TrainOptions(discount=1.0)
    assert recipe.policy == PolicyOptions()


@pytest.mark.parametrize("section", SECTIONS)
def test_every_option_is_documented_and_every_number_has_a_range(section):
    kind = SECTIONS[section]
    docs = field_docs(kind)
    for field in dataclasses.fields(kind):
        assert docs.get(field.name), field.name
        if type(field.default) in (int, float):
            assert f"{section}.{field.name}" in _RANGES, field.name


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
        ("[train]\nmuon = 1", "must be true or false"),
        ('[policy]\ncore = "gru"', "none of 'mingru', 'lstm'"),
        ('[world]\npreset = "smal"', "did you mean 'small'"),
        ("[world]\nplayers = 3", "n_players"),
        ("train = 3", "must be a section"),
        ("[train", "not TOML"),
        ("[selfplay]\npool_share = 0.6\nscripted_share = 0.4", "leaves the learner"),
        ('[world]\nrebirth = "on_request"', "same_tick"),
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
