"""The benchmark over native formats finds nothing wrong."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.mark.real
@pytest.mark.slow
def test_every_native_file_is_read_right_or_refused_rightly(real_data: Path) -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "native_formats.py"
    spec = importlib.util.spec_from_file_location("native_formats", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["native_formats"] = module
    try:
        spec.loader.exec_module(module)
        rows = module.table(real_data / "native_formats")
    finally:
        del sys.modules["native_formats"]
    assert [str(row) for row in rows if row.trouble] == []
    assert len(rows) > 100
