"""Arrays that are kept come back; damaged ones are as good as none, and no file stays open."""

import numpy as np
import pytest

from micrographia._arrays import keep_arrays, stored_arrays

KEPT = {"numbers": np.arange(2000.0), "words": np.array(["a", "bc"])}


@pytest.fixture
def kept(tmp_path):
    keep_arrays(tmp_path / "kept.npz", KEPT)
    return tmp_path / "kept.npz"


def test_what_is_kept_comes_back(kept):
    found = stored_arrays(kept)
    assert found.keys() == KEPT.keys()
    for name, values in KEPT.items():
        np.testing.assert_array_equal(found[name], values)


def test_nothing_comes_from_nothing(tmp_path):
    assert stored_arrays(tmp_path / "none.npz") is None
    (tmp_path / "empty.npz").touch()
    assert stored_arrays(tmp_path / "empty.npz") is None


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9])
def test_a_file_that_was_cut_or_changed_is_as_good_as_none(kept, share):
    content = kept.read_bytes()
    at = int(share * len(content))
    kept.write_bytes(content[:at])
    assert stored_arrays(kept) is None
    kept.write_bytes(content[:at] + bytes(99) + content[at + 99 :])
    assert stored_arrays(kept) is None
