"""What lessons may speak of in this program: measures, families, data, recipes, the gallery, and every setting by its name."""

from __future__ import annotations

from functools import cache

from dgm_studio.engine import catalogue
from dgm_studio.lessons.checking import LessonVocabulary
from dgm_studio.lessons.words import vocabulary
from dgm_studio.samplers.guidance import GuidanceKnobs


@cache
def lesson_words() -> LessonVocabulary:
    """All names, of everything that the folders hold."""
    names = {name for offered in catalogue.samplers() for name in offered.info.schema.get("properties", {})}
    names |= set(GuidanceKnobs.model_fields)  # which only models with classes or a context have
    return vocabulary(catalogue.describe(), names)
