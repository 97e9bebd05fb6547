"""Every public name has a docstring that names what goes in and what comes out."""

import importlib
import inspect
import pkgutil

import pytest

import micrographia

numpydoc_validate = pytest.importorskip("numpydoc.validate")

WANTED = {
    "GL08": "no docstring",
    "PR01": "a parameter is not documented",
    "PR02": "a documented parameter does not exist",
    "RT01": "what is returned is not documented",
    "SS01": "no summary",
}


def modules():
    found = pkgutil.walk_packages(micrographia.__path__, "micrographia.")
    return ["micrographia", *(i.name for i in found if "._" not in i.name)]


def public(name):
    module = importlib.import_module(name)
    for attribute in getattr(module, "__all__", ()):
        thing = getattr(module, attribute)
        if inspect.isfunction(thing) or inspect.isclass(thing):
            yield attribute, thing


@pytest.mark.parametrize("name", modules())
def test_public_names_are_documented(name):
    problems = []
    for attribute, thing in public(name):
        if inspect.isclass(thing):
            if not inspect.getdoc(thing):
                problems.append(f"{attribute}: no docstring")
            continue
        report = numpydoc_validate.validate(f"{thing.__module__}.{thing.__qualname__}")
        brief = len(inspect.signature(thing).parameters) <= 1
        for code, _ in report["errors"]:
            if code in WANTED and not (brief and code in ("PR01", "RT01")):
                problems.append(f"{attribute}: {WANTED[code]}")
    assert not problems
