"""The SEM images of calcium carbonate (ai-chem) as a manifest: labels given together, by synthesis.

Their table is a spreadsheet, which is read here as what it is, a zip of XML. Images of one
synthesis (the same concentrations, additives, stirring, temperature and time) are one group.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

__all__ = ["CLASSES", "write_manifest"]

CLASSES = ("Cube", "Stick", "Sphere", "Flat", "Amorphous")
_XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def write_manifest(source: Path, path: Path) -> Path:
    """Write a manifest of the images, with absolute paths.

    Parameters
    ----------
    source : Path
        The folder `aichem_CaCO3_SEM`.
    path : Path
        CSV to write: path, labels, group.
    """
    table = _sheet(source / "dataset_labeled.xlsx")
    sizes = [f"{name}_{end}" for name in CLASSES for end in ("min", "max")]
    synthesis = [name for name in table if name not in ("Image_id", *CLASSES, *sizes)]
    rows = []
    for _, row in table.iterrows():
        image = source / "images_224" / f"{int(row['Image_id'])}.png"
        if image.is_file():
            labels = ";".join(name for name in CLASSES if row[name] == 1)
            group = " ".join(f"{row[name]:g}" for name in synthesis)
            rows.append({"path": str(image.resolve()), "labels": labels, "group": group})
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def _sheet(path: Path) -> pd.DataFrame:
    """The first sheet of a workbook: names in its first row, numbers below; empty cells are 0."""
    with zipfile.ZipFile(path) as book:
        strings = [
            "".join(part.itertext())
            for part in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.iter(f"{_XML}row"):
        cells = {}
        for cell in row.iter(f"{_XML}c"):
            value = cell.find(f"{_XML}v")
            if value is not None and value.text is not None:
                column = re.sub(r"\d", "", cell.attrib["r"])
                text = cell.attrib.get("t") == "s"
                cells[column] = strings[int(value.text)] if text else float(value.text)
        rows.append(cells)
    head, *body = rows
    return pd.DataFrame(
        [{name: cells.get(column, 0.0) for column, name in head.items()} for cells in body]
    )
