"""The manifest: every column has a meaning, people survive it, and a wrong cell is named with its line."""

import csv
import math

import pytest

from bonedensity.errors import PopulationError, UnreadableFileError, UnwritableFileError
from bonedensity.virtual.population import (
    COHORTS,
    Interval,
    people,
    person_of,
    population_graph,
    read_manifest,
    row_of,
    write_manifest,
)
from bonedensity.virtual.population.schema import manifest_columns

SPINE_COLUMNS = ["identifier", "sex", "age", "standing_height", "weight", "l1_l4_width", "l1_l4_height", "l1_l4_area"]


@pytest.fixture(scope="module")
def persons():
    return people(COHORTS["tang"], 300, 1, region="spine", repeat=Interval())


@pytest.fixture
def written(persons, tmp_path):
    write_manifest([row_of(person) for person in persons], tmp_path / "manifest.csv")
    return tmp_path / "manifest.csv"


def test_every_column_of_a_person_is_documented(persons):
    documented = manifest_columns()
    for person in persons:
        assert set(row_of(person)) == set(documented)
    for column in documented.values():
        assert column.meaning
        assert column.unit or column.kind != "number"
        assert bool(column.levels) == (column.kind == "level")


def test_variables_of_the_graph_have_the_levels_that_the_manifest_names():
    graph = population_graph(COHORTS["tang"])
    for name, column in manifest_columns().items():
        if column.kind == "level":
            assert len(column.levels) == len(graph.mechanism(name).cuts) + 1


def test_people_survive_the_manifest_to_the_digits_written(persons, written):
    for person, row in zip(persons, read_manifest(written), strict=True):
        again = person_of(row)
        assert (again.identifier, again.seed, again.visit, again.sex) == (
            person.identifier, person.seed, person.visit, person.sex,
        )  # fmt: skip
        before, after = row_of(person), row_of(again)
        for name, column in manifest_columns().items():
            if column.kind == "number" and before[name] is not None:
                assert math.isclose(after[name], before[name], abs_tol=0.51 * 10.0**-column.decimals), name
            else:
                assert after[name] == before[name], name


def test_writing_what_was_read_gives_the_same_bytes(written, tmp_path):
    write_manifest(read_manifest(written), tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == written.read_bytes()


def test_the_spine_manifest_has_the_promised_numbers(written):
    with written.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert row["identifier"].startswith("spine-0")
        assert row["sex"] in ("0", "1")
        assert all(float(row[name]) > 0 for name in SPINE_COLUMNS[2:])


def test_age_at_menopause_is_told_of_women_past_it_alone(written):
    rows = read_manifest(written)
    assert all((row["menopause_age"] is not None) == row["menopause"] for row in rows)
    assert all(row["menopause_age"] <= row["age"] for row in rows if row["menopause"])
    assert not any(row["menopause"] for row in rows if row["sex"] == 1)


def test_chest_reports_speak_in_words(written):
    rows = read_manifest(written)
    assert {"none", "emphysema"} <= {row["chest_diagnosis"] for row in rows}
    assert any("aortic calcification" in row["chest_description"] for row in rows)


def test_further_columns_are_kept_behind_the_others(persons, tmp_path):
    rows = [{"xray": "a.dcm", **row_of(person)} for person in persons[:2]]
    write_manifest(rows, tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_text("utf-8").splitlines()[0].endswith("cohort,xray")
    assert [row["xray"] for row in read_manifest(tmp_path / "m.csv")] == ["a.dcm", "a.dcm"]


def test_words_and_codes_are_both_read(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text(
        "identifier,seed,sex,age,standing_height,weight,smoking\na,1,Female,60,160,60,2\nb,2,M,60,170,70,former\n"
    )
    woman, man = read_manifest(path)
    assert (woman["sex"], woman["smoking"], man["sex"], man["smoking"]) == (0, "current", 1, "former")
    assert person_of(woman).sex == "female"


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("age", "old"),
        ("age", "nan"),
        ("sex", "x"),
        ("smoking", "sometimes"),
        ("smoking", "3"),
        ("hrt", "2"),
        ("visit", "0.5"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(tmp_path, heading, cell):
    path = tmp_path / "m.csv"
    path.write_text(f"identifier,{heading}\na,\nb,{cell}\n")
    with pytest.raises(PopulationError, match=rf"m\.csv, line 3: {heading} is “{cell}”: give .*\.$"):
        read_manifest(path)


def test_a_short_line_is_refused(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("identifier,age\na\n")
    with pytest.raises(PopulationError, match="line 2"):
        read_manifest(path)


def test_a_row_without_a_person_is_refused():
    with pytest.raises(PopulationError, match="lacks weight"):
        person_of({"identifier": "a", "seed": 1, "sex": 0, "age": 60.0, "standing_height": 160.0})


def test_files_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_manifest(tmp_path / "none.csv")
    with pytest.raises(UnwritableFileError, match="cannot be written"):
        write_manifest([{"identifier": "a"}], tmp_path / "none" / "m.csv")
