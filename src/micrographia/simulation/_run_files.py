"""The files of a run: images, label images, the tables, and parts of them that appear at once."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from micrographia._files import whole_file
from micrographia.errors import OutputError
from micrographia.simulation._sample import encode_runs, label_image

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray

    from micrographia.simulation._sample import Sample

__all__ = ["Chunk", "is_done", "merge", "versions"]

_PARTS = ".parts"
_MAX_LABEL = 65535


def versions() -> dict[str, str]:
    """Versions of what decides the bytes of a run."""
    from micrographia import __version__

    return {"micrographia": __version__, "numpy": np.__version__, "opencv": cv2.__version__}


def write_image(path: Path, pixels: NDArray[Any]) -> Path:
    """Write 8 and 16 bit as PNG, floats as TIFF; gives the path with its suffix."""
    if pixels.dtype.kind == "f":
        import tifffile

        path = path.with_suffix(".tif")
        tifffile.imwrite(path, pixels)
        return path
    path = path.with_suffix(".png")
    fine, content = cv2.imencode(".png", pixels)
    if not fine:
        raise OutputError(f"{path}: the image could not be written as PNG")
    path.write_bytes(content.tobytes())
    return path


def is_done(out: Path, number: int) -> bool:
    """Tell whether a chunk was written; its manifest comes last."""
    return (out / _PARTS / f"{number:05d}.manifest.parquet").exists()


class Chunk:
    """Images that are collected beside their place and moved there together.

    Parameters
    ----------
    out : Path
        Folder of the run.
    number : int
        Which chunk.
    """

    def __init__(self, out: Path, number: int) -> None:
        self.out, self.name = out, f"{number:05d}"
        self.rows: list[dict[str, Any]] = []
        self.instances: list[dict[str, Any]] = []

    def _beside(self, kind: str) -> Path:
        return self.out / kind / f".{self.name}.{os.getpid()}"

    def __enter__(self) -> Chunk:
        for kind in ("images", "labels"):
            shutil.rmtree(self._beside(kind), ignore_errors=True)
            self._beside(kind).mkdir(parents=True)
        (self.out / _PARTS).mkdir(exist_ok=True)
        return self

    def add(self, sample: Sample, *, family: str, seed: int, index: int) -> None:
        """Write the two images of a sample and keep its rows of the tables."""
        if len(sample.instances) > _MAX_LABEL:
            raise OutputError(
                f"image {index} has {len(sample.instances)} particles; a 16-bit label image "
                f"holds {_MAX_LABEL} at most"
            )
        name = f"{index:08d}"
        image = write_image(self._beside("images") / name, sample.pixels)
        labels = write_image(self._beside("labels") / name, label_image(sample).astype(np.uint16))
        rows, cols = sample.pixels.shape
        row = {
            "path": f"images/{self.name}/{image.name}",
            "labels_path": f"labels/{self.name}/{labels.name}",
            "label": sample.label,
            "labels_all": list(sample.labels_all),
            "group": sample.group,
            "nm_per_px": float(sample.nm_per_px),
            "family": family,
            "seed": seed,
            "index": index,
            "rows": rows,
            "cols": cols,
        }
        self.rows.append(row | {key: _cell(value) for key, value in sample.parameters.items()})
        self.instances.extend(_instance_rows(sample, index))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            for folder in ("images", "labels"):
                shutil.rmtree(self._beside(folder), ignore_errors=True)
            return
        for folder in ("images", "labels"):
            place = self.out / folder / self.name
            shutil.rmtree(place, ignore_errors=True)
            self._beside(folder).rename(place)
        for table, rows in (("instances", self.instances), ("manifest", self.rows)):
            write_part(self.out / _PARTS / f"{self.name}.{table}.parquet", rows)


def _cell(value: Any) -> Any:
    """A value as a cell: scalars as they are, lists and dicts as JSON."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value)
    return value


def _instance_rows(sample: Sample, index: int) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "label_value": number,
            "class": one.class_name,
            "row_px": float(one.row),
            "col_px": float(one.col),
            "visible_px": int(one.visible.sum()),
            "whole_px": int(one.whole.sum()),
            "box": [int(edge) for edge in one.box],
            "whole_row": int(one.origin[0]),
            "whole_col": int(one.origin[1]),
            "whole_rows": one.whole.shape[0],
            "whole_cols": one.whole.shape[1],
            "whole_runs": encode_runs(one.whole).tolist(),
            "parameters": json.dumps(one.parameters),
        }
        for number, one in enumerate(sample.instances, 1)
    ]


def _instance_schema() -> Any:
    import pyarrow as pa

    small = pa.int32()
    return pa.schema(
        [
            ("index", pa.int64()),
            ("label_value", small),
            ("class", pa.string()),
            ("row_px", pa.float64()),
            ("col_px", pa.float64()),
            ("visible_px", small),
            ("whole_px", small),
            ("box", pa.list_(small)),
            ("whole_row", small),
            ("whole_col", small),
            ("whole_rows", small),
            ("whole_cols", small),
            ("whole_runs", pa.list_(small)),
            ("parameters", pa.string()),
        ]
    )


def write_part(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as a Parquet table that is there as a whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if ".instances." in path.name:
        table = pa.Table.from_pylist(rows, schema=_instance_schema())
    else:
        names = dict.fromkeys(name for row in rows for name in row)
        table = pa.table({name: [row.get(name) for row in rows] for name in names})
    with whole_file(path) as beside:
        pq.write_table(table, beside, compression="zstd")


def merge(out: Path, chunks: int) -> None:
    """Join the parts of the tables in order, a part at a time, and draw the contact sheet."""
    from micrographia.simulation._run_sheet import contact_sheet

    for table in ("instances", "manifest"):
        parts = [out / _PARTS / f"{number:05d}.{table}.parquet" for number in range(chunks)]
        _join(parts, out / f".{table}.parquet")
    contact_sheet(out, out / ".manifest.parquet", out / "contact.png")
    for table in ("instances", "manifest"):
        (out / f".{table}.parquet").replace(out / f"{table}.parquet")
    shutil.rmtree(out / _PARTS)
    for kind in ("images", "labels"):
        for left in (out / kind).glob(".*"):  # of a run that was killed
            shutil.rmtree(left)


def _join(parts: list[Path], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.unify_schemas(
        [pq.read_schema(part) for part in parts], promote_options="permissive"
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in parts:
            table = pq.read_table(part, partitioning=None)
            missing = [name for name in schema.names if name not in table.column_names]
            for name in missing:
                table = table.append_column(name, pa.nulls(len(table), schema.field(name).type))
            writer.write_table(table.select(schema.names).cast(schema))
