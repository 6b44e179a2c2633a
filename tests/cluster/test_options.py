import pytest

from filmnet.cluster.options import known_options, parse_defaults, parse_options, split_network
from filmnet.errors import InputError
from filmnet.jobs.network import NetworkOptions


def test_the_options_are_those_of_the_functions():
    assert {"seconds", "fps", "between", "loop", "fit", "weights"} <= set(known_options("photos"))
    assert {"slower", "fps", "dedupe", "audio", "codec", "tile"} <= set(known_options("video"))
    both = {*known_options("photos"), *known_options("video")}
    assert not both & {"photos", "source", "output", "interpolator", "progress", "cancel", "resume"}


@pytest.mark.parametrize(
    ("kind", "name", "text", "value"),
    [
        ("video", "fps", "60000/1001", "60000/1001"),
        ("video", "dedupe", "True", True),
        ("video", "audio", "no", False),
        ("video", "crf", "18", 18),
        ("photos", "seconds", "2.5", 2.5),
        ("photos", "hold", "1", 1.0),
        ("photos", "fit", "crop", "crop"),
        ("photos", "memory", "4GB", "4GB"),
    ],
)
def test_text_becomes_the_type_that_the_function_has(kind, name, text, value):
    parsed = parse_options(kind, {name: text}, "line 2")[name]
    assert (parsed, type(parsed)) == (value, type(value))


def test_json_keeps_its_types_and_nothing_is_not_given():
    given = {"fps": 60, "slower": None, "dedupe": True, "codec": "", "crf": 18}
    assert parse_options("video", given, "line 2") == {"fps": 60, "dedupe": True, "crf": 18}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"speed": 3}, "line 2: video has no option 'speed'; there are at_cuts, audio"),
        ({"loop": True}, "video has no option 'loop'"),
        ({"crf": "abc"}, "line 2: crf is 'abc', but has to be a whole number"),
        ({"crf": True}, "crf is True, but has to be a whole number"),
        ({"dedupe": "perhaps"}, "dedupe is 'perhaps', but has to be true or false"),
        ({"fps": [60]}, r"fps is \[60\], but has to be text or a number"),
    ],
)
def test_what_is_no_option_is_named(given, sentence):
    with pytest.raises(InputError, match=sentence):
        parse_options("video", given, "line 2")


def test_defaults_are_taken_by_the_kinds_that_have_them():
    defaults = parse_defaults({"slower": "4", "fps": "60", "loop": "yes"}, "--set")
    assert parse_options("video", {"fps": "30"}, "x", defaults=defaults) == {
        "slower": "4",
        "fps": "30",
    }
    assert parse_options("photos", {}, "x", defaults=defaults) == {"fps": "60", "loop": True}
    with pytest.raises(InputError, match="--set speed: no such option; there are at_cuts"):
        parse_defaults({"speed": "2"}, "--set")


def test_the_network_is_chosen_by_its_own_options():
    network, rest = split_network({"weights": "small", "tile": 256, "fps": 60})
    assert network == NetworkOptions(weights="small", tile=256)
    assert rest == {"fps": 60}
