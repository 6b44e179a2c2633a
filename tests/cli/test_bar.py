from filmnet.cli.bar import Bar, align


def test_lines_go_to_stderr_and_a_pipe_gets_no_bar(capsys):
    with Bar(quiet=False) as bar:
        bar.advance("set", 1, 2)
        bar.say("a [b] line")
    assert capsys.readouterr() == ("", "a [b] line\n")


def test_quiet_says_nothing(capsys):
    with Bar(quiet=True) as bar:
        bar.advance("set", 1, 2)
        bar.say("line")
    assert capsys.readouterr() == ("", "")


def test_a_table_has_its_first_column_to_the_left_and_figures_to_the_right():
    rows = [["set", "PSNR"], ["middlebury", "34.5"], ["x", "9.25"]]
    assert align(rows).splitlines() == [
        "set         PSNR",
        "middlebury  34.5",
        "x           9.25",
    ]
