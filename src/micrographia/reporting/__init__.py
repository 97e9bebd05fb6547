"""Tables, figures and the HTML report of what was measured.

Everything here is a function of micrograph, labels, particles table and summary; nothing knows how
the labels were found.
"""

from typing import TYPE_CHECKING

from micrographia._lazy import attach

if TYPE_CHECKING:
    from micrographia.reporting.contact import draw_contact_sheet, thumbnail
    from micrographia.reporting.histogram import draw_histogram, histogram_svg
    from micrographia.reporting.montage import draw_montage
    from micrographia.reporting.overlay import draw_overlay
    from micrographia.reporting.pictures import save_png, save_stage
    from micrographia.reporting.report import ImageReport, RunReport, write_report
    from micrographia.reporting.settings import ReportingSettings
    from micrographia.reporting.tables import (
        images_table,
        write_images,
        write_summary,
        write_tables,
    )

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "ImageReport": "micrographia.reporting.report",
        "ReportingSettings": "micrographia.reporting.settings",
        "RunReport": "micrographia.reporting.report",
        "draw_contact_sheet": "micrographia.reporting.contact",
        "draw_histogram": "micrographia.reporting.histogram",
        "draw_montage": "micrographia.reporting.montage",
        "draw_overlay": "micrographia.reporting.overlay",
        "histogram_svg": "micrographia.reporting.histogram",
        "images_table": "micrographia.reporting.tables",
        "save_png": "micrographia.reporting.pictures",
        "save_stage": "micrographia.reporting.pictures",
        "thumbnail": "micrographia.reporting.contact",
        "write_images": "micrographia.reporting.tables",
        "write_report": "micrographia.reporting.report",
        "write_summary": "micrographia.reporting.tables",
        "write_tables": "micrographia.reporting.tables",
    },
)

__all__ = [
    "ImageReport",
    "ReportingSettings",
    "RunReport",
    "draw_contact_sheet",
    "draw_histogram",
    "draw_montage",
    "draw_overlay",
    "histogram_svg",
    "images_table",
    "save_png",
    "save_stage",
    "thumbnail",
    "write_images",
    "write_report",
    "write_summary",
    "write_tables",
]
