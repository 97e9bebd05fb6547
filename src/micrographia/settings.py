"""The base of every settings model: frozen, strict about names, at home in TOML."""

import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from micrographia.errors import SettingsError

__all__ = ["Settings"]


class Settings(BaseModel):
    """Frozen settings that can be read from and written to TOML.

    Every field carries a description and its unit; the command line shows it in its help, and
    every result stores the values it was made with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def parse(cls, values: dict[str, Any], source: str = "settings") -> Self:
        """Check values against the model.

        Parameters
        ----------
        values : dict
            Field names and values; nested models are nested dicts.
        source : str
            Where the values came from, for the message.

        Raises
        ------
        SettingsError
            If a name is unknown or a value is of the wrong type or out of range; all of them are
            named.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(str(part) for part in problem['loc']) or 'value'}: "
                f"{problem['msg']}, got {problem['input']!r}"
                for problem in error.errors()
            )
            raise SettingsError(f"{source}: {problems}") from error

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read settings from a TOML file; fields that it does not name keep their defaults.

        Raises
        ------
        SettingsError
            If the file cannot be read, is no TOML, or holds unknown names or wrong values.
        """
        path = Path(path)
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{path}: no settings could be read from it: {error}") from error
        return cls.parse(values, source=str(path))

    def to_toml(self) -> str:
        """Write all fields as TOML; a field that is None is left out, as TOML has no null."""
        import tomli_w

        return tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))
