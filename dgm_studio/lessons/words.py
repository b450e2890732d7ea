"""The words that lessons may speak of, made of the catalogue that window and engine share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from dgm_studio.protocol.catalogue import Catalogue
from dgm_studio.resources import resource

from .checking import LessonVocabulary


def vocabulary(catalogue: Catalogue, sampling: Iterable[str]) -> LessonVocabulary:
    """All names; ``sampling`` are settings of samplers, which no catalogue holds."""
    settings: dict[str, set[str]] = defaultdict(set)
    for source in catalogue.data:
        settings["data"] |= set(source.schema.get("properties", {}))
    for family in catalogue.families:
        settings["model"] |= set(family.schema.get("properties", {}))
        settings["training"] |= set(family.training_schema.get("properties", {}))
    settings["sampling"] |= set(sampling)
    return LessonVocabulary(
        measures=frozenset(measure.name for measure in catalogue.measures),
        families=frozenset(family.name for family in catalogue.families),
        data=frozenset(source.name for source in catalogue.data),
        recipes=frozenset(recipe.name for recipe in catalogue.recipes),
        exhibits=frozenset(path.stem for path in resource("gallery").glob("*.dgm")),
        settings={first: frozenset(names) for first, names in settings.items()},
    )


def sampling_names() -> tuple[str, ...]:
    """Settings of all samplers, as they were written down for whoever has no engine. Raises FileNotFoundError."""
    return tuple(resource("sampling-names.txt").read_text(encoding="utf-8").splitlines())
