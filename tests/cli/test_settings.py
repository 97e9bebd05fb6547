"""Settings from files, options and assignments, and settings as TOML that explains itself."""

import re
import tomllib

import pytest
from pydantic import BaseModel

from micrographia.analysis import AnalysisSettings
from micrographia.cli._settings import OPTIONS, all_fields, field, gather
from micrographia.cli._toml import commented
from micrographia.errors import SettingsError


def test_options_override_the_file_and_assignments_override_both(tmp_path):
    preset = tmp_path / "preset.toml"
    preset.write_text(
        'region = "0,0,9,9"\n[calibration]\npixel_size = "1 nm"\n[segmentation]\nmethod = "auto"\n'
    )
    chosen = gather(
        preset,
        {"--pixel-size": "2 nm", "--method": "components", "--roi": None, "--exclude": []},
        ["segmentation.method=h-maxima", "segmentation.foreground.fraction=0.5"],
    )
    assert chosen.region == "0,0,9,9"
    assert chosen.calibration.pixel_size == "2 nm"
    assert chosen.segmentation.method == "h-maxima"
    assert chosen.segmentation.foreground.fraction == 0.5


@pytest.mark.parametrize(
    ("limit", "field_name", "value"),
    [
        ("12 px", "min_ecd_px", 12.0),
        ("3,5pixels", "min_ecd_px", 3.5),
        ("5 nm", "min_ecd_nm", 5.0),
        ("0.2 µm", "min_ecd_nm", 200.0),
    ],
)
def test_a_diameter_may_be_a_length_or_pixels(limit, field_name, value):
    chosen = gather(None, {"--min-diameter": limit})
    assert getattr(chosen.measurement, field_name) == pytest.approx(value)


@pytest.mark.parametrize(
    ("options", "assignments", "message"),
    [
        ({"--pixel-size": "0.2"}, [], "is not a length"),
        ({"--pixel-size": "5 1/nm"}, [], "frequency"),
        ({"--min-diameter": "5"}, [], "for pixels, '12 px'"),
        ({"--polarity": "grey"}, [], "polarity"),
        ({}, ["pixel_size=1"], "perhaps calibration.pixel_size is meant"),
        ({}, ["segmentation.methd=auto"], "perhaps segmentation.method"),
        ({}, ["segmentation.method"], "wanted NAME=VALUE"),
        ({}, ["segmentation.method.name=auto"], "method"),
        ({}, ["calibration.check=perhaps"], "calibration.check"),
        ({}, ["measurement.confidence=2"], "measurement.confidence"),
    ],
)
def test_what_is_wrong_with_a_setting_is_said(options, assignments, message):
    with pytest.raises(SettingsError, match=message):
        gather(None, options, assignments)


def test_a_file_with_an_unknown_name_is_named(tmp_path):
    preset = tmp_path / "preset.toml"
    preset.write_text("[segmentation]\nmethd = 'auto'\n")
    with pytest.raises(SettingsError, match=r"preset\.toml.*methd"):
        gather(preset, {})


def test_steps_can_be_set_as_toml():
    chosen = gather(None, {}, ['segmentation.steps=["median", {name = "gaussian"}]'])
    assert [step.name for step in chosen.segmentation.steps] == ["median", "gaussian"]


def test_every_field_has_a_description():
    assert [name for name, info in all_fields() if not info.description] == []


def test_every_option_belongs_to_a_field():
    for name in OPTIONS.values():
        assert field(name).description


def test_the_printed_settings_name_and_describe_every_field():
    text = " ".join(line.removeprefix("# ") for line in commented(AnalysisSettings()).splitlines())
    for name, info in all_fields():
        assert f" {name.rpartition('.')[2]} =" in text
        description = " ".join(info.description.split())
        assert description[1:] in text


def test_the_printed_settings_read_back_as_they_were():
    chosen = gather(
        None,
        {"--exclude": ["0,0,5,5"], "--roi": "0,0,9,9"},
        [
            'segmentation.steps=["median", {name = "gaussian"}]',
            "segmentation.threshold.name=sauvola",
            'calibration.pixel_size="0.2 nm"',
        ],
    )
    read = AnalysisSettings.parse(tomllib.loads(commented(chosen)))
    assert read == chosen


def test_every_setting_can_be_assigned_its_own_value():
    defaults = AnalysisSettings()
    for name, _ in all_fields():
        value = defaults
        for part in name.split("."):
            value = getattr(value, part)
        if value is None:
            continue
        text = repr(list(value)) if isinstance(value, tuple) else str(value)
        text = text.lower() if isinstance(value, bool) else text
        assert gather(None, {}, [f"{name}={text}"]) == defaults


def test_the_parts_of_steps_are_listed_with_their_fields(call):
    from micrographia.preprocessing import BINARIZERS, MORPHOLOGY, STEPS

    text = call("settings").stdout
    for table in (STEPS, BINARIZERS, MORPHOLOGY):
        for name, model in table.items():
            assert issubclass(model, BaseModel)
            assert f'{{ name = "{name}" }}' in text
            for part in model.model_fields.keys() - {"name"}:
                assert f"#     {part} = " in text


def test_a_printed_preset_is_taken_by_the_program(call, tmp_path):
    preset = tmp_path / "preset.toml"
    preset.write_text(call("settings", "--set", "segmentation.method=components").stdout)
    again = call("settings", "--settings", preset)
    assert again.stdout == preset.read_text()


def test_a_wrong_setting_is_wrong_usage(call):
    result = call("settings", "--set", "nonsense=1")
    assert result.exit_code == 2
    assert result.stderr.startswith("micrographia: setting 'nonsense' is not known")


def test_the_help_of_analyze_shows_the_principal_settings_with_their_descriptions(call):
    text = re.sub(r"[│\s]+", " ", call("analyze", "--help").stdout)
    for flag, name in OPTIONS.items():
        assert f" {flag} " in text
        info = field(name)
        default = info.get_default(call_default_factory=True)
        if default not in (None, ()):
            assert f"[default: {default}]" in text
    assert 'such as "0.21 nm"; overrides all else.' in text
    assert "[px]" in text
