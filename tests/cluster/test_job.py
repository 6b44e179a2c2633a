from dataclasses import replace

from filmnet.cluster.job import Job

JOB = Job(name="a", kind="video", inputs=("a.mp4",), output="out/a.mp4", options={"fps": 60})


def test_the_fingerprint_tells_inputs_and_options_apart():
    others = [
        replace(JOB, inputs=("b.mp4",)),
        replace(JOB, options={"fps": 30}),
        replace(JOB, kind="photos"),
    ]
    assert len({job.fingerprint for job in [JOB, *others]}) == 4


def test_to_replace_an_output_is_no_other_job():
    again = replace(JOB, name="b", options={"overwrite": True, "fps": 60})
    assert (again.fingerprint, again.key) == (JOB.fingerprint, JOB.key)


def test_the_key_is_that_of_the_output():
    assert replace(JOB, output="out/b.mp4").key != JOB.key
