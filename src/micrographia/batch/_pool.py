"""The particles of all images in one table, written image by image so that memory stays flat."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrographia._files import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from micrographia.batch._plan import PlannedImage

__all__ = ["pool_particles"]

_FIRST = ("image", "sample")
_ROWS = 20_000


def pool_particles(out: Path, images: Sequence[PlannedImage]) -> Path:
    """Write ``particles.csv`` and ``particles.parquet`` of a run.

    Parameters
    ----------
    out : Path
        The run's folder, with the images' folders in it.
    images : sequence of PlannedImage
        Those that were analysed, in order.

    Returns
    -------
    path : Path
        Of the CSV file. Its columns are `image`, `sample` and those of any image; what an image
        lacks (nanometres, where it has no pixel size) stays empty.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    import pyarrow.parquet as pq

    schema = _common_schema(out, images)
    with (
        whole_file(out / "particles.csv") as csv,
        whole_file(out / "particles.parquet") as parquet,
        csv.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream,
        pq.ParquetWriter(parquet, schema) as writer,
    ):
        stream.write(_header(schema))
        for table in _gathered(_tables(out, images, schema)):
            writer.write_table(table)
            table.to_pandas().to_csv(stream, index=False, header=False, lineterminator="\n")
    return out / "particles.csv"


def _gathered(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The tables in parts of some size: a part an image would make the file many times longer."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    rows = 0
    for table in tables:
        waiting.append(table)
        rows += table.num_rows
        if rows >= _ROWS:
            yield pa.concat_tables(waiting)
            waiting, rows = [], 0
    if waiting:
        yield pa.concat_tables(waiting)


def _header(schema: pa.Schema) -> str:
    return ",".join(schema.names) + "\n"


def _common_schema(out: Path, images: Iterable[PlannedImage]) -> pa.Schema:
    """The columns of any image, in the order in which they first appear."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types: dict[str, Any] = dict.fromkeys(_FIRST, pa.string())
    for image in images:
        for field in pq.read_schema(out / image.name / "particles.parquet"):
            known = types.setdefault(field.name, field.type)
            if known != field.type:
                types[field.name] = _wider(known, field.type)
    return pa.schema(list(types.items()))


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """A type that holds both; an empty column has none of its own."""
    import pyarrow as pa

    for mine, others in ((one, other), (other, one)):
        if pa.types.is_null(mine):
            return others
    numbers = all(pa.types.is_integer(t) or pa.types.is_floating(t) for t in (one, other))
    return pa.float64() if numbers else pa.string()


def _tables(out: Path, images: Iterable[PlannedImage], schema: pa.Schema) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for image in images:
        table = pq.read_table(out / image.name / "particles.parquet")
        rows = table.num_rows
        columns = []
        for field in schema:
            if field.name in _FIRST:
                value = image.name if field.name == "image" else image.sample
                columns.append(pa.array([value] * rows, field.type))
            elif field.name in table.column_names:
                columns.append(table[field.name].cast(field.type))
            else:
                columns.append(pa.nulls(rows, field.type))
        yield pa.Table.from_arrays(columns, schema=schema)
