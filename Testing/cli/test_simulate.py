"""`bonedensity simulate`: a manifest, one JSON object, the images asked for, one sentence for what cannot be."""

import csv
import json

import pytest
from typer.testing import CliRunner

from bonedensity.cli.main import app
from bonedensity.errors import PopulationError
from bonedensity.virtual.cohort import person_images


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_thousand_spines_metadata_come_at_once(cli, tmp_path):
    done = cli("simulate", "spine", "-n", 1000, "--seed", 3, "--metadata-only", "-o", tmp_path / "out", "--json")
    assert done.code == 0, done.err
    assert len(done.out.strip().splitlines()) == 1
    values = done.json
    assert values["count"] == values["rows"] == 1000
    assert 0 < values["seconds"] < 10
    assert values["synthetic"] is True
    rows = rows_of(values["manifest"])
    assert len({row["identifier"] for row in rows}) == 1000
    needed = {"sex", "age", "standing_height", "weight", "l1_l4_width", "l1_l4_height", "l1_l4_area"}
    assert needed <= set(rows[0])


def test_the_same_seed_gives_the_same_bytes_and_work_can_be_split(cli, tmp_path):
    def manifest(folder, *options):
        done = cli(
            "simulate", "hip", "--metadata-only", "--cohort", "tang", "-o", tmp_path / folder, "--json", *options
        )
        assert done.code == 0, done.err
        return (tmp_path / folder / "manifest.csv").read_text("utf-8").splitlines()

    whole = manifest("a", "-n", 6)
    assert manifest("b", "-n", 6) == whole
    assert manifest("c", "-n", 4, "--first", 2)[1:] == whole[3:]
    assert manifest("d", "-n", 6, "--seed", 1)[1:] != whole[1:]


def test_everyone_comes_twice_when_asked(cli, tmp_path):
    done = cli("simulate", "spine", "-n", 5, "--metadata-only", "--repeat", "2,3", "-o", tmp_path, "--json")
    assert (done.json["count"], done.json["rows"]) == (5, 10)
    rows = rows_of(done.json["manifest"])
    assert [row["visit"] for row in rows] == ["0", "1"] * 5
    assert all(2 <= float(row["years_since_first"]) <= 3 for row in rows[1::2])


@pytest.mark.parametrize(
    "options",
    [
        ("knee",),
        ("hip", "-n", 0),
        ("hip", "--cohort", "martians"),
        ("spine", "--repeat", "5"),
    ],
)
def test_what_cannot_be_is_one_sentence(cli, tmp_path, options):
    done = cli("simulate", *options, "--metadata-only", "-o", tmp_path / "out")
    assert done.code == 2
    assert len(done.err.strip().splitlines()) == 1
    assert done.err.strip().endswith(".")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(cli, tmp_path):
    (tmp_path / "file").write_text("")
    done = cli("simulate", "hip", "-n", 1, "--metadata-only", "-o", tmp_path / "file" / "out")
    assert done.code == 2
    assert "cannot be made" in done.err


def test_only_the_images_that_were_asked_for_are_made(cli, tmp_path):
    done = cli(
        "simulate", "hip", "-n", 1, "--ct-mm", 5, "--radiographs", "none", "--dxa", "none", "-o", tmp_path, "--json"
    )
    assert done.code == 0, done.err
    made = {path.name for path in tmp_path.rglob("visit_0/*")}
    assert made == {"ct.nii.gz", "labels.nii.gz", "density.nii.gz", "truth.json"}


@pytest.mark.parametrize("wish", [("--ct-mm", 50), ("--radiographs", "sitting"), ("--dxa", "norland")])
def test_images_that_cannot_be_made_are_one_sentence(cli, tmp_path, wish):
    done = cli("simulate", "hip", "-n", 1, *wish, "-o", tmp_path / "out")
    assert done.code == 2
    assert len(done.err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_people_who_could_not_be_made_show_in_the_exit_status(monkeypatch, tmp_path):
    def impossible(*_):
        raise PopulationError("This one cannot be made.")

    monkeypatch.setattr(person_images, "bodies_for", impossible)
    done = CliRunner().invoke(app, ["simulate", "hip", "-n", "2", "-o", str(tmp_path), "--json"])
    assert done.exit_code == 3
    reasons = [failure["reason"] for failure in json.loads(done.stdout)["failed"]]
    assert reasons == ["This one cannot be made."] * 2
