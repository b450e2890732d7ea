"""Where people put files of their own that the program finds: known to the engine, which reads them, and to the window, which
shows the path.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """The program's own folder among the user's data; ``DGM_STUDIO_HOME`` puts it elsewhere (tests, portable installs)."""
    home = os.environ.get("DGM_STUDIO_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir("dgm-studio", appauthor=False))


def settings_file() -> Path:
    """What is remembered between starts."""
    home = os.environ.get("DGM_STUDIO_HOME")
    folder = Path(home) if home else Path(platformdirs.user_config_dir("dgm-studio", appauthor=False))
    return folder / "settings.json"


def families_folder() -> Path:
    """Where people put families of their own; it need not exist."""
    return data_folder() / "families"
