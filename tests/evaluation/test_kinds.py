from filmnet.evaluation.kinds import Kind, Level, Protocol


def test_sets_and_levels_have_the_names_that_people_type():
    published = {"vimeo90k", "ucf101", "middlebury", "xiph2k", "xiph4k", "snufilm"}
    assert {kind.value for kind in Kind} == published | {"triplets", "sequence"}
    assert [level.value for level in Level] == ["easy", "medium", "hard", "extreme"]


def test_only_the_community_rounds():
    assert Protocol.community.rounds
    assert not Protocol.film.rounds


def test_each_protocol_says_what_it_does():
    assert "unpadded" in Protocol.film.summary
    assert "ssim_matlab" in Protocol.community.summary
