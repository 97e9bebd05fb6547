"""Settings written as TOML with a comment for every field."""

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from micrographia.cli._text import sentence
from micrographia.settings import Settings

__all__ = ["commented"]


def commented(settings: Settings, *, catalogue: bool = True) -> str:
    """Write settings as TOML that explains itself.

    A field that is not set stands as a comment. After the settings come the parts that a list of
    steps can be made of, with their own fields.

    Parameters
    ----------
    settings : Settings
    catalogue : bool
        Whether the parts that lists of steps can be made of follow.

    Returns
    -------
    text : str
        Reads back as the same settings.

    Examples
    --------
    >>> from micrographia.calibration import CalibrationSettings
    >>> print(commented(CalibrationSettings(check=True)).split("\\n\\n")[3])
    # Read the scale bar to check a pixel size that the file gives. [default: false]
    check = true
    """
    parts = _catalogue() if catalogue else ()
    return "\n\n".join([*_table(settings, ""), *parts]) + "\n"


def _table(settings: Settings, prefix: str) -> Iterator[str]:
    nested: list[tuple[str, str, Settings]] = []
    fields = type(settings).model_fields
    for name, info in fields.items():
        value = getattr(settings, name)
        text = sentence(info.description or "")
        if isinstance(value, Settings) and info.annotation is type(value):
            nested.append((f"{prefix}{name}", text, value))
            continue
        default = info.get_default(call_default_factory=True)
        yield "\n".join([_comment(f"{text} [default: {_written(default)}]"), _line(name, value)])
    for name, text, value in nested:
        yield f"{_comment(text)}\n[{name}]"
        yield from _table(value, f"{name}.")


def _catalogue() -> Iterator[str]:
    """What the lists of steps can be made of."""
    from micrographia.preprocessing import BINARIZERS, MORPHOLOGY, STEPS

    tables: dict[str, Any] = {"steps": STEPS, "threshold": BINARIZERS, "morphology": MORPHOLOGY}
    for setting, table in tables.items():
        yield _comment(f"segmentation.{setting} is made of these, by name or with fields:")
        for name, model in table.items():
            lines = [_comment(f'{{ name = "{name}" }}')]
            for field, info in model.model_fields.items():
                if field != "name":
                    default = _written(info.get_default(call_default_factory=True))
                    text = sentence(info.description or "")
                    lines.append(_comment(f"{field} = {default}: {text}", indent="    "))
            yield "\n".join(lines)


def _comment(text: str, indent: str = "") -> str:
    lines = textwrap.wrap(text, 96 - len(indent), break_long_words=False)
    return "\n".join(f"# {indent}{line}" for line in lines)


def _line(name: str, value: Any) -> str:
    return f"# {name} =" if value is None else f"{name} = {_written(value)}"


def _key(name: str) -> str:
    """A key of TOML: bare where it may be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _written(value: Any) -> str:
    """A value as TOML on one line."""
    if value is None:
        return "not set"
    if isinstance(value, Settings):
        value = value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {_written(item)}" for key, item in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
