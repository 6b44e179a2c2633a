from fractions import Fraction

import pytest

from filmnet.errors import InputError, OutputError
from filmnet.jobs.retiming_plan import plan_retiming
from video_files import texture, write_clip

PICTURES = [texture(2 * k) for k in range(4)]


def test_a_plan_has_the_duration_times_the_rate_frames(tmp_path):
    source = write_clip(tmp_path / "in.mp4", PICTURES)
    plan = plan_retiming(source, tmp_path / "out.mp4", fps=60)
    assert plan.frames == round(plan.info.duration * 60)
    assert plan.pace.fps == Fraction(60)


def test_a_plan_writes_nothing(tmp_path):
    source = write_clip(tmp_path / "in.mp4", PICTURES)
    plan_retiming(source, tmp_path / "out.mp4", slower=2)
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_the_output_must_not_take_the_inputs_place(tmp_path):
    source = write_clip(tmp_path / "in.mp4", PICTURES)
    with pytest.raises(OutputError, match="this would replace the input"):
        plan_retiming(source, source, slower=2, overwrite=True)


def test_one_frame_is_one_sentence(tmp_path):
    source = write_clip(tmp_path / "in.mp4", PICTURES[:1])
    with pytest.raises(InputError, match=r"in\.mp4: this video has one frame only"):
        plan_retiming(source, tmp_path / "out.mp4", slower=2)
