"""Settings and places: what is remembered between starts. One JSON file, written whole, tolerated when damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dgm_studio import atomic
from dgm_studio.language import ENGLISH, tr
from dgm_studio.places import data_folder, families_folder, settings_file

from ..painting.canvas_tools import Tools

Theme = Literal["system", "light", "dark"]


class UserSettings(BaseModel):
    """Unknown keys of other versions are ignored; ``layout`` is the window's own base64 state."""

    model_config = ConfigDict(extra="ignore", validate_assignment=True)

    theme: Theme = "system"
    language: str = ENGLISH
    """Of the window, from the next start on."""
    layout: str = ""
    geometry: str = ""
    recent: list[str] = Field(default_factory=list)
    session: dict[str, Any] | None = None
    documents: dict[str, Any] = Field(default_factory=dict)
    """The files that runs belong to, by the run's id."""
    seen_welcome: bool = False
    lesson_language: str = ""
    """In which lessons are told where they are translated into it; empty for that of the window."""
    lesson_author: str = ""
    """Who a lesson is said to be by, as it was said last."""
    tools: Tools = Tools()
    """Brushes and colours of the canvas."""


class Places:
    """Folders of the program; ``DGM_STUDIO_HOME`` puts them all below one folder (tests, portable installs)."""

    def __init__(self) -> None:
        self.settings = settings_file()
        self.tray = data_folder() / "runs"
        self.autosave = data_folder() / "autosave"
        self.families = families_folder()


def load_settings(path: Path) -> tuple[UserSettings, str]:
    """The settings, and a sentence on what was wrong with the file (empty when nothing was)."""
    try:
        return UserSettings.model_validate_json(path.read_bytes()), ""
    except FileNotFoundError:
        return UserSettings(), ""
    except (OSError, ValidationError, ValueError) as error:
        return UserSettings(), tr(
            "Settings in {path} could not be read ({name}); defaults are in use.", path=path, name=type(error).__name__
        )


def save_settings(settings: UserSettings, path: Path) -> None:
    """Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps(settings.model_dump(mode="json"), indent=1).encode())
