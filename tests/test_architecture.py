"""Imports go one way: a folder may import only what stands above it in the list."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import micrographia

ROOT = Path(micrographia.__file__).parent

LAYERS = [
    {"errors", "_lazy"},
    {"units", "settings", "_files", "_patches"},
    {"micrograph", "_arrays"},
    {"io", "bundles"},
    {"calibration", "preprocessing"},
    {"segmentation"},
    {"measurement"},
    {"classification"},
    {"reporting"},
    {"analysis"},
    {"simulation"},
    {"learning"},
    {"evaluation", "explanation"},
    {"batch"},
    {"cli"},
]
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
LIGHT = (
    "torch", "torchvision", "lightning", "timm", "sklearn", "captum", "optuna", "openTSNE",
    "abtem", "ase", "nicegui", "fastapi",
)  # fmt: skip


def imported_folders(path):
    """Top folders of the package that a module imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write the whole name"
            base = node.module or ""
            names = (
                [f"{base}.{alias.name}" for alias in node.names]
                if base == "micrographia"
                else [base]
            )
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "micrographia" and len(parts) > 1:
                yield parts[1]


def folder_of(path):
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


MODULES = sorted(
    path for path in ROOT.rglob("*.py") if folder_of(path) not in ("__init__", "__main__")
)


def test_every_folder_has_its_place_in_the_order():
    assert {folder_of(path) for path in MODULES} <= HEIGHT.keys()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_downwards_only(path):
    own = folder_of(path)
    for other in set(imported_folders(path)) - {own, "__version__"}:
        assert HEIGHT[other] < HEIGHT[own], f"{own} must not import {other}"


def loaded_after(statement):
    code = (
        f"{statement}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_no_library():
    heavy = {"numpy", "scipy", "pandas", "cv2", "skimage", "matplotlib", "rsciio", "pydantic"}
    assert not loaded_after("import micrographia") & heavy


IMAGE = (
    "import numpy as np, micrographia as mg\n"
    "image = mg.Micrograph(np.eye(64), mg.PixelSize(1, 1, 'user'))\n"
)


def test_an_analysis_loads_neither_torch_nor_the_web():
    assert not loaded_after(f"{IMAGE}mg.analyze(image)") & {*LIGHT, "rapidocr"}


def test_an_analysis_without_models_loads_no_runtime_for_them():
    wanted = {"segmentation": {"method": "auto"}, "classification": {"built_in": False}}
    statement = f"{IMAGE}mg.analyze(image, mg.AnalysisSettings.parse({wanted}))"
    assert "onnxruntime" not in loaded_after(statement)


def test_the_command_line_answers_help_without_loading_the_stages():
    heavy = {"numpy", "scipy", "pandas", "cv2", "skimage", "matplotlib", "rsciio", "dask"}
    statement = (
        "import sys; sys.argv = ['micrographia', '--help']\n"
        "import contextlib, io\n"
        "from micrographia.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main()"
    )
    assert not loaded_after(statement) & heavy
