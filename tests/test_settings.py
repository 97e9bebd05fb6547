import pytest
from pydantic import Field

from micrographia.errors import SettingsError
from micrographia.settings import Settings


class Inner(Settings):
    size: int = Field(3, ge=1)


class Outer(Settings):
    name: str | None = None
    inner: Inner = Inner()


def test_toml_comes_back_as_it_went(tmp_path):
    settings = Outer(name="Größe", inner=Inner(size=9))
    path = tmp_path / "preset.toml"
    path.write_text(settings.to_toml(), encoding="utf-8")
    assert Outer.from_toml(path) == settings


def test_what_a_file_does_not_name_keeps_its_default(tmp_path):
    path = tmp_path / "preset.toml"
    path.write_text("[inner]\nsize = 5\n", encoding="utf-8")
    assert Outer.from_toml(path) == Outer(inner=Inner(size=5))


def test_every_problem_is_named_with_what_was_given():
    with pytest.raises(SettingsError, match=r"inner\.size: .*got 0; sise: .*got 1"):
        Outer.parse({"inner": {"size": 0}, "sise": 1})


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Outer().name = "x"


@pytest.mark.parametrize("content", [b"size = ", b"\xff\xfe", None])
def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path, content):
    path = tmp_path / "preset.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"preset\.toml"):
        Outer.from_toml(path)
