from inspect import signature

from filmnet.cli import options
from filmnet.cli.compare import compare
from filmnet.cli.data import prepare
from filmnet.cli.doctor import doctor
from filmnet.cli.evaluate import evaluate
from filmnet.cli.photos import photos


def test_commands_share_one_declaration_of_each_option():
    for command in (photos, evaluate, compare, doctor, prepare):
        for name, parameter in signature(command, eval_str=True).parameters.items():
            if name in ("weights", "device", "precision", "quiet"):
                assert parameter.annotation == getattr(options, name.title())
