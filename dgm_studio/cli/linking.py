"""The verb link: data, family and settings of a saved run as a line of text."""

from __future__ import annotations

from pathlib import Path

from dgm_studio.api.job import BadInput
from dgm_studio.studio.files.links import BadLink, to_link
from dgm_studio.studio.session.session import Session
from dgm_studio.studio.session.workspace import workspace_of

from .job import result
from .reading import open_run


def link_run(run: Path, as_json: bool) -> None:
    """Print the link of a run; see `dgm-studio link --help`."""
    opened = open_run(run).opened
    workspace = workspace_of(opened.info.kind)
    session = Session(workspace=workspace).with_spec(opened.spec, workspace)
    try:
        link = to_link(session)
    except BadLink as error:
        raise BadInput(str(error)) from None
    result({"link": link, "letters": len(link)}, as_json, link)
