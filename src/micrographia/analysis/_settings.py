"""The settings of an analysis: one model that nests those of every stage."""

from pydantic import Field

from micrographia.calibration import CalibrationSettings
from micrographia.classification import ClassificationSettings
from micrographia.measurement import MeasurementSettings
from micrographia.reporting import ReportingSettings
from micrographia.segmentation import SegmentationSettings
from micrographia.settings import Settings

__all__ = ["AnalysisSettings"]


class AnalysisSettings(Settings):
    """Everything that decides the numbers of an analysis; a preset is a TOML file of it.

    Examples
    --------
    >>> settings = AnalysisSettings.parse({"measurement": {"rule": "all"}})
    >>> settings.region is None
    True
    """

    region: str | None = Field(
        default=None,
        description=(
            "Region of interest: a rectangle 'row0,col0,row1,col1' [px], a polygon "
            "'row,col row,col row,col ...' [px], or the path of a mask image."
        ),
    )
    exclude: tuple[str, ...] = Field(
        default=(), description="Areas to leave out, each written as a region of interest is."
    )
    calibration: CalibrationSettings = Field(
        default_factory=CalibrationSettings, description="Pixel size, scale bar, footer."
    )
    segmentation: SegmentationSettings = Field(
        default_factory=SegmentationSettings, description="How particles are found."
    )
    measurement: MeasurementSettings = Field(
        default_factory=MeasurementSettings, description="Size limits, counting rule, statistics."
    )
    classification: ClassificationSettings = Field(
        default_factory=ClassificationSettings, description="Models that name the particles."
    )
    reporting: ReportingSettings = Field(
        default_factory=ReportingSettings, description="Pictures and tables."
    )
