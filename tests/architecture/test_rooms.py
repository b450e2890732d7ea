"""No room holds more files than one can take in: a package's own modules, and a test folder's."""

from __future__ import annotations

from pathlib import Path

import dgm_studio

MOST = 30
ROOT = Path(dgm_studio.__file__).parents[1]


def test_no_room_holds_more_than_thirty_files() -> None:
    rooms = [ROOT / "dgm_studio", *(ROOT / "dgm_studio").rglob("*/"), *(ROOT / "tests").rglob("*/")]
    count = {str(room.relative_to(ROOT)): len(list(room.glob("*.py"))) for room in rooms}
    assert not {room: files for room, files in count.items() if files > MOST}
