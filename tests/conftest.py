"""Fixtures and profiles that every test folder shares."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "micrographia",
    deadline=None,
    max_examples=50,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("micrographia")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the pages of the documentation first: the longest tests, which none should wait for."""
    items.sort(key=lambda item: item.path.name != "test_docs.py")


def _real_folder() -> Path | None:
    named = os.environ.get("MICROGRAPHIA_REAL_DATA")
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"
    for folder in ([Path(named)] if named else []) + [beside]:
        if folder.is_dir():
            return folder
    return None


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real micrographs with truth; tests that need it skip where it is absent."""
    folder = _real_folder()
    if folder is None:
        pytest.skip(
            "the real micrographs are not here; name their folder in MICROGRAPHIA_REAL_DATA"
        )
    return folder
