"""Many jobs on many machines: a thin layer that hands photo and video jobs to Ray.

    JOBS ─ manifest ─▶ Schedule ─▶ Pool of workers on Ray ─▶ OUT/…   results.jsonl
                          └ retries, stretches, joins ┘

The program that was started, the driver, moves no pictures and holds no list of jobs: workers read
their inputs and write their outputs where the manifest says, and what is left of a killed batch
lies beside the outputs, so that the same command goes on. Nothing but `ray_session`, `pool` and
`board` knows Ray.
"""
