from dataclasses import replace

import torch

from filmnet.training.start import open_datasets
from material import tiny_recipe


def test_each_stage_has_samples_of_its_own(pack):
    stage = tiny_recipe().stages[1]
    first, second = open_datasets(tiny_recipe(stages=(stage, stage)), pack)
    again, _ = open_datasets(tiny_recipe(stages=(stage, stage)), pack)
    assert torch.equal(first[0].truth, again[0].truth)
    assert not torch.equal(first[0].truth, second[0].truth)


def test_another_seed_gives_other_samples(pack):
    recipe = tiny_recipe()
    one, other = (open_datasets(replace(recipe, seed=seed), pack)[0] for seed in (1, 2))
    assert not torch.equal(one[0].truth, other[0].truth)
