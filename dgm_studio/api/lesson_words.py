"""What lessons may speak of in this program: measures, families, data, recipes, the gallery, and every setting by its name."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from dgm_studio.engine import catalogue
from dgm_studio.lessons.checking import LessonVocabulary
from dgm_studio.resources import resource
from dgm_studio.samplers.guidance import GuidanceKnobs


@cache
def lesson_words() -> LessonVocabulary:
    """All names, of everything that the folders hold."""
    there = catalogue.describe()
    settings: dict[str, set[str]] = defaultdict(set)
    for source in there.data:
        settings["data"] |= set(source.schema.get("properties", {}))
    for family in there.families:
        settings["model"] |= set(family.schema.get("properties", {}))
        settings["training"] |= set(family.training_schema.get("properties", {}))
    for offered in catalogue.samplers():
        settings["sampling"] |= set(offered.info.schema.get("properties", {}))
    settings["sampling"] |= set(GuidanceKnobs.model_fields)  # which only models with classes or a context have
    return LessonVocabulary(
        measures=frozenset(measure.name for measure in there.measures),
        families=frozenset(family.name for family in there.families),
        data=frozenset(source.name for source in there.data),
        recipes=frozenset(recipe.name for recipe in there.recipes),
        exhibits=frozenset(path.stem for path in resource("gallery").glob("*.dgm")),
        settings={first: frozenset(names) for first, names in settings.items()},
    )
