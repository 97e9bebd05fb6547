"""Names of result folders."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.batch._names import result_names

_NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40
).filter(lambda name: name not in (".", ".."))


def test_a_name_is_the_stem_with_its_spaces_and_letters():
    assert result_names([Path("/a/Gold, 20 nm – Größe 中.tif")]) == ["Gold, 20 nm – Größe 中"]


def test_images_of_one_name_are_told_apart_by_suffix_then_by_folder():
    paths = ["/a/x.tif", "/a/x.png", "/b/x.tif", "/c/y.tif"]
    assert result_names([Path(path) for path in paths]) == ["a-x", "x-png", "b-x", "y"]


def test_upper_and_lower_case_are_not_enough_to_tell_names_apart():
    names = result_names([Path("/a/Gold.tif"), Path("/b/gold.tif")])
    assert names == ["a-Gold", "b-gold"]


def test_both_suffixes_of_a_compressed_file_are_left_out():
    assert result_names([Path("/a/x.tif.gz")]) == ["x"]


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("a:b*c?", "a_b_c_"),
        ("tail. ", "tail"),
        (".hidden", "_.hidden"),
        ("CON", "_CON"),
        ("line\nbreak", "line_break"),
        ("\udcff", "_"),
    ],
)
def test_what_some_file_system_refuses_is_replaced(stem, name):
    assert result_names([Path(f"/a/{stem}.tif")]) == [name]


def test_a_very_long_name_is_cut_and_stays_unique():
    names = result_names([Path(f"/a/{'é' * 120}{end}.tif") for end in "xy"])
    assert len(set(names)) == 2
    assert all(len(name.encode()) <= 100 for name in names)


def test_names_of_run_files_are_not_given_to_images():
    assert result_names([Path("/a/report.html.tif")], reserved=["report.html"]) == [
        "report.html-tif"
    ]


@given(st.lists(st.tuples(_NAMES, _NAMES), min_size=1, max_size=8, unique=True))
def test_names_are_unique_safe_and_repeatable(parts):
    paths = [Path("/data") / folder / name for folder, name in parts]
    names = result_names(paths, reserved=["run.json"])
    assert len({name.casefold() for name in names} | {"run.json"}) == len(paths) + 1
    assert names == result_names(paths, reserved=["run.json"])
    for name in names:
        assert name
        assert not name.startswith(".")
        assert not set(name) & set('<>:"/\\|?*\n\0')
