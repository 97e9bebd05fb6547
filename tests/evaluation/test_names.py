"""Public names stay what they are, whatever was imported before."""

import inspect
import pkgutil
from importlib import import_module

import pytest


@pytest.mark.parametrize("package", ["micrographia.evaluation", "micrographia.explanation"])
def test_no_public_name_is_hidden_by_a_module(package):
    module = import_module(package)
    files = {info.name for info in pkgutil.iter_modules(module.__path__)}
    assert not files & set(module.__all__)
    for name in module.__all__:
        assert not inspect.ismodule(getattr(module, name)), name
