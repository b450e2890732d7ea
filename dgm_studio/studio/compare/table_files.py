"""The result table as a file, in the form that its ending says."""

from __future__ import annotations

from pathlib import Path

from dgm_studio import atomic
from dgm_studio.json_text import as_text
from dgm_studio.language import tr
from dgm_studio.tables.result_table import ResultTable

from .writing import WRITERS

ENDINGS = (*WRITERS, ".json", ".png")
FORMS_SAID = tr("Name it .md, .csv, .tex, .json or .png.")


def write_table(table: ResultTable, path: Path) -> bool:
    """Write the table, or return False where the ending says no form. Raises OSError."""
    ending = path.suffix.lower()
    if ending in WRITERS:
        atomic.write(path, WRITERS[ending](table).encode())
    elif ending == ".json":
        atomic.write(path, as_text(table.to_json()).encode())
    elif ending == ".png":
        from ..painting.images import to_png  # reads and writes images, which the window does without at its start
        from .table_image import drawn

        atomic.write(path, to_png(drawn(table)))
    else:
        return False
    return True
