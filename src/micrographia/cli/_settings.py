"""Settings from a file, from options and from ``--set``, and the help that their fields give."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from pydantic.fields import FieldInfo

from micrographia.analysis import AnalysisSettings
from micrographia.classification import FINDER, NONE, PARTICLE_MODELS
from micrographia.cli._text import sentence
from micrographia.errors import CalibrationError, SettingsError
from micrographia.segmentation import METHODS
from micrographia.settings import Settings
from micrographia.units import parse_length

if TYPE_CHECKING:
    from typer.models import OptionInfo

__all__ = ["OPTIONS", "all_fields", "field", "gather", "option"]

OPTIONS: dict[str, str] = {
    "--pixel-size": "calibration.pixel_size",
    "--scale-bar": "calibration.scale_bar",
    "--method": "segmentation.method",
    "--polarity": "segmentation.polarity",
    "--roi": "region",
    "--exclude": "exclude",
    "--counting": "measurement.rule",
    "--min-diameter": "measurement.min_ecd_nm",
    "--max-diameter": "measurement.max_ecd_nm",
}
"""Options that are settings: the option's name and the field it sets."""

_HELP = {
    "--min-diameter": "Particles of a smaller equivalent diameter are not counted; with its "
    "unit, such as '5 nm' or '12 px'.",
    "--max-diameter": "Particles of a larger equivalent diameter are not counted; with its "
    "unit, such as '80 nm' or '200 px'.",
    "--method": f"How particles are found: {', '.join(METHODS)}.",
}
"""Help of options that take more than their field does."""

_IN_PIXELS = {
    "measurement.min_ecd_nm": "measurement.min_ecd_px",
    "measurement.max_ecd_nm": "measurement.max_ecd_px",
}
_PIXELS = re.compile(r"^\s*(\d+(?:[.,]\d+)?)\s*(?:px|pixels?)\s*$")


def field(name: str) -> FieldInfo:
    """The field of a dotted name.

    Raises
    ------
    SettingsError
        If there is none of that name.

    Examples
    --------
    >>> field("region").default is None
    True
    """
    fields = dict(all_fields())
    if name not in fields:
        raise SettingsError(
            f"setting {name!r} is not known; 'micrographia settings' lists all of them"
        )
    return fields[name]


def all_fields(
    model: type[Settings] = AnalysisSettings, prefix: str = ""
) -> Iterator[tuple[str, FieldInfo]]:
    """Every field with its dotted name, nested models before and after their own fields' order."""
    for name, info in model.model_fields.items():
        full = f"{prefix}{name}"
        nested = info.annotation
        if isinstance(nested, type) and issubclass(nested, Settings):
            yield from all_fields(nested, f"{full}.")
        else:
            yield full, info


def option(flag: str, metavar: str) -> "OptionInfo":
    """The option that sets a field, with the field's own description and default as its help."""
    info = field(OPTIONS[flag])
    default = info.get_default(call_default_factory=True)
    text = sentence(_HELP.get(flag) or info.description or "")
    if default not in (None, (), ""):
        text += f" [default: {default}]"
    escaped = text.replace("[", r"\[")  # or Rich takes a unit in brackets for markup
    made: OptionInfo = typer.Option(flag, help=escaped, show_default=False, metavar=metavar)
    return made


def gather(
    file: Path | None,
    options: Mapping[str, Any],
    assignments: Sequence[str] = (),
    models: Sequence[str] = (),
) -> AnalysisSettings:
    """Put settings together: those of the file, over them the options, over them ``--set``.

    Parameters
    ----------
    file : Path, optional
        TOML file of settings.
    options : mapping
        Option, such as ``"--method"``, to its value; None where it was not given.
    assignments : sequence of str
        ``"segmentation.foreground.fraction=0.5"``; the value is read as TOML, and as text where
        it is none.
    models : sequence of str
        ``"outline=my-shapes"``: a model and the bundle that stands in for it.

    Raises
    ------
    SettingsError
        If the file cannot be read, a name is unknown or a value is wrong.

    Examples
    --------
    >>> gather(None, {"--pixel-size": "0.2 nm"}, ["segmentation.method=components"]).region
    """
    values = {} if file is None else _from_file(file)
    for flag, value in options.items():
        if value is not None and value != []:
            _put(values, *_meant(OPTIONS[flag], value))
    for replacement in models:
        for name, value in _model(replacement, values):
            _put(values, name, value)
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise SettingsError(
                f"--set {assignment!r}: wanted NAME=VALUE, such as segmentation.method=components"
            )
        _put(values, _known(name.strip()), _value(text.strip()))
    return AnalysisSettings.parse(values, source="settings")


def _model(text: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The settings that let a bundle stand in for a model."""
    name, equals, bundle = (part.strip() for part in text.partition("="))
    names = (FINDER, *PARTICLE_MODELS)
    if not equals or not bundle or name not in names:
        raise SettingsError(
            f"--model {text!r}: wanted NAME=BUNDLE, where NAME is one of {', '.join(names)}, and "
            "BUNDLE a model's name, a folder or zip, or 'none'"
        )
    if os.sep in bundle or bundle.endswith(".zip"):
        bundle = str(Path(bundle).expanduser().absolute())
    if name != FINDER:
        return [(f"classification.models.{name}", bundle)]
    if bundle == NONE:
        return [("segmentation.method", "auto")]
    settings = [("segmentation.network.bundle", bundle)]
    if "method" not in values.get("segmentation", {}):
        settings.append(("segmentation.method", "network"))
    return settings


def _known(name: str) -> str:
    """The name, if it is that of a field, of a part of one, or of several together."""
    names = [known for known, _ in all_fields()]
    if not any(f"{n}.".startswith(f"{name}.") or name.startswith(f"{n}.") for n in names):
        near = difflib.get_close_matches(name, names, 3, 0.5)
        near += [known for known in names if known.rpartition(".")[2] == name.rpartition(".")[2]]
        hint = f"; perhaps {' or '.join(dict.fromkeys(near))} is meant" if near else ""
        raise SettingsError(
            f"setting {name!r} is not known{hint}; 'micrographia settings' lists all of them"
        )
    return name


def _from_file(path: Path) -> dict[str, Any]:
    AnalysisSettings.from_toml(path)  # its own mistakes are told with its name
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _meant(name: str, value: Any) -> tuple[str, Any]:
    """The field and its value; a limit in pixels belongs to another field than one in nm."""
    if name not in _IN_PIXELS:
        return name, value
    pixels = _PIXELS.match(value)
    if pixels:
        return _IN_PIXELS[name], float(pixels[1].replace(",", "."))
    try:
        return name, parse_length(value)
    except CalibrationError as error:
        raise SettingsError(f"{error}; for pixels, '12 px'") from error


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    """Set a dotted name in nested dicts."""
    *parents, last = name.split(".")
    table = values
    for parent in parents:
        nested = table.setdefault(parent, {})
        if not isinstance(nested, dict):
            raise SettingsError(f"setting {name!r}: {parent!r} holds a value, not settings")
        table = nested
    table[last] = value


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
