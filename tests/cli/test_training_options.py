from inspect import signature

import pytest

from filmnet.cli import training_options
from filmnet.cli.sweep import sweep
from filmnet.cli.train import train


@pytest.mark.parametrize("command", [train, sweep])
@pytest.mark.parametrize("name", ["data", "triplets", "start", "vgg", "workers"])
def test_train_and_sweep_share_one_declaration_of_each_option(command, name):
    declared = signature(command, eval_str=True).parameters[name].annotation
    assert declared == getattr(training_options, name.title())
