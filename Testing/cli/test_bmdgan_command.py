"""`bonedensity train bmdgan` and `evaluate bmdgan` as a user mistypes them."""


def test_a_card_needs_its_own_models_folder_and_its_own_test_people(cli, tmp_path):
    for arguments in (("--card",), ("--card", "--everybody", "--model", tmp_path)):
        done = cli("evaluate", "bmdgan", *arguments)
        assert done.code == 2
        assert "give --model, without --everybody" in " ".join(done.err.split())


def test_a_folder_without_a_model_and_an_unknown_size_are_one_sentence(cli, tmp_path):
    done = cli("evaluate", "bmdgan", "--model", tmp_path)
    assert done.code == 2
    assert "a model needs its card" in " ".join(done.err.split())
    done = cli("train", "bmdgan", "--manifest", tmp_path / "m.csv", "-o", tmp_path / "model", "--size", "huge")
    assert done.code == 2
    assert "choose tiny, small, T, S, B" in " ".join(done.err.split())


def test_lengths_rates_and_weights_that_cannot_be_are_one_sentence(cli, tmp_path):
    for option, value, sentence in (
        ("--epochs", "5,35", "give four whole numbers with commas"),
        ("--rates", "1e-3", "give two numbers with a comma"),
        ("--rates", "nan,1e-3", "give two numbers with a comma"),
        ("--weighting", "much", "choose paper, inverse, none"),
    ):
        done = cli("train", "bmdgan", "--manifest", tmp_path / "m.csv", "-o", tmp_path / "model", option, value)
        assert done.code == 2
        assert sentence in " ".join(done.err.split())
