import csv
import json
import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrographia.errors import MicrographiaError, OutputError
from micrographia.reporting import images_table, write_images, write_summary, write_tables
from micrographia.reporting.tables import strict


@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_the_csv_gives_back_the_same_floats(values, tmp_path_factory):
    folder = tmp_path_factory.mktemp("t")
    path = write_tables(folder, pd.DataFrame({"id": range(len(values)), "ecd_nm": values}))
    with path.open(encoding="utf-8", newline="") as stream:
        again = [float(row["ecd_nm"]) for row in csv.DictReader(stream)]
    assert again == values


def test_both_files_hold_the_table_with_its_gaps_and_letters(tmp_path):
    table = pd.DataFrame(
        {
            "id": [1, 2],
            "ecd_nm": [1.5, np.nan],
            "counted": [True, False],
            "reason": ["", 'µ 名, "x"'],
        }
    )
    write_tables(tmp_path / "new" / "größe", table)
    folder = tmp_path / "new" / "größe"
    pd.testing.assert_frame_equal(
        pd.read_parquet(folder / "particles.parquet"), table, check_dtype=False
    )
    again = pd.read_csv(folder / "particles.csv", keep_default_na=False, na_values={"ecd_nm": [""]})
    assert again["reason"].tolist() == table["reason"].tolist()
    assert (folder / "particles.csv").read_bytes().count(b"\r") == 0
    assert sorted(p.name for p in folder.iterdir()) == ["particles.csv", "particles.parquet"]


def test_an_empty_table_keeps_its_columns(tmp_path):
    path = write_tables(tmp_path, pd.DataFrame({"id": [], "ecd_px": []}))
    assert pd.read_csv(path).columns.tolist() == ["id", "ecd_px"]


def test_a_name_taken_by_a_file_is_an_output_error(tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(OutputError, match=r"taken: the folder for results cannot be made"):
        write_tables(tmp_path / "taken", pd.DataFrame({"id": [1]}))
    assert (tmp_path / "taken").read_text() == "x"


def test_a_full_disk_is_an_output_error_and_leaves_the_old_file(tmp_path, monkeypatch):
    write_tables(tmp_path, pd.DataFrame({"id": [1]}))
    before = (tmp_path / "particles.csv").read_bytes()

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(OutputError, match=r"particles\.csv: .*No space left on device") as caught:
        write_tables(tmp_path, pd.DataFrame({"id": [1, 2, 3]}))
    assert isinstance(caught.value, MicrographiaError)
    assert (tmp_path / "particles.csv").read_bytes() == before
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".writing")]


def test_the_permissions_are_those_of_any_new_file(tmp_path):
    path = write_summary(tmp_path / "a.json", {})
    (tmp_path / "plain").write_text("")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(value=st.dictionaries(st.text(), JSON, max_size=4))
def test_a_summary_is_strict_json_with_sorted_keys(value, tmp_path_factory):
    path = write_summary(tmp_path_factory.mktemp("j") / "s.json", value)

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    again = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert list(again) == sorted(again)
    assert again == strict(value)


def test_numpy_values_become_plain_and_letters_stay_readable(tmp_path):
    path = write_summary(
        tmp_path / "s.json",
        {"b": np.float32(0.5), "a": np.array([1, 2]), "µ": np.bool_(True), "c": float("inf")},
    )
    text = path.read_text(encoding="utf-8")
    assert json.loads(text) == {"a": [1, 2], "b": 0.5, "c": None, "µ": True}
    assert "µ" in text


def test_a_name_that_is_no_unicode_can_be_written(tmp_path):
    name = os.fsdecode(b"caf\xe9.tif")
    path = write_summary(tmp_path / "s.json", {"name": name})
    assert json.loads(path.read_text(encoding="utf-8"))["name"] == name
    write_images(tmp_path / "images.csv", images_table([{"name": name, "path": name}]))
    assert "caf" in (tmp_path / "images.csv").read_text(encoding="utf-8")


def test_the_table_of_images_has_a_row_for_failures_too(make_summary, tmp_path):
    table = images_table(
        [
            {"name": "a", "path": "x/a.tif", "summary": make_summary([9.0, 10, 11]), "sample": "s"},
            {"name": "b", "path": "x/b.tif", "error": "b.tif: empty", "extra": 7},
            {"name": "c", "summary": make_summary([3.0, 4, 5], "px"), "warnings": ["w1", "w2"]},
        ]
    )
    assert table["status"].tolist() == ["ok", "failed", "ok"]
    assert table.loc[0, "ecd_median"] == 10
    assert table.loc[0, "ecd_median_high"] == pytest.approx(10.2)
    assert table["ecd_unit"].tolist()[::2] == ["nm", "px"]
    assert pd.isna(table.loc[1, "count"])
    assert table.loc[1, "error"] == "b.tif: empty"
    assert table.loc[2, "warnings"] == "w1; w2"
    assert table.columns[-1] == "extra"
    again = pd.read_csv(write_images(tmp_path / "images.csv", table))
    assert again["name"].tolist() == ["a", "b", "c"]


def test_a_run_without_images_has_an_empty_table():
    assert len(images_table([])) == 0
