"""What can be chosen by typing: families, data sets, measures, files, kept runs and the value of any setting, as commands made
for the moment.

"GAN" chooses the family, "moons" the data, "steps 4" sets a knob of the sampler in use, "use classes" offers on and off. What
belongs to the other workspace goes there. Where nothing is called what was typed, names that differ by a slip are offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dgm_studio.language import tr
from dgm_studio.protocol.spec import DataChoice

from .commands import Command
from .files.exhibits import exhibits
from .files.links import is_link, open_link
from .recipes import apply_recipe
from .session.workspace import WORKSPACES, Workspace, workspace_of

if TYPE_CHECKING:
    from .studio import Studio


def choices(studio: Studio, text: str) -> list[Command]:
    """All that the words of ``text`` mean, the nearest first: names that begin with them before those that hold them."""
    words = text.lower().split()
    if not words or not studio.ready:
        return []
    if is_link(text):
        help = tr("Take over data, families and settings of the link; what is here stays among the runs.")
        return [Command("link.open", "Open this link", help, "File", partial(open_link, studio, text))]
    named = (_families, _recipes, _data, _measures, _exhibits, _lessons, _kept, _recent)
    found = [*(each for offered in named for each in offered(studio)), *_settings(studio, words)]
    ranked = [(_rank(command, words), i, command) for i, command in enumerate(found)]
    fit = [command for rank, _, command in sorted(ranked, key=lambda each: each[:2]) if rank < _NONE]
    return fit or [command for command in found if _nearly(command, words)]


_NONE = 4
_ALIKE = 0.75
"""How alike a word must be that was meant: one slip in four letters."""


def _nearly(command: Command, words: list[str]) -> bool:
    """Whether each word typed is one of the title's but for a slip."""
    title = command.title.lower().replace("-", " ").split()
    return all(len(word) > 2 and get_close_matches(word, title, 1, _ALIKE) for word in words)


def _rank(command: Command, words: list[str]) -> int:
    if command.group == "Setting":
        return 0
    title, all_of_it = command.title.lower(), f"{command.title} {command.group_title} {command.help}".lower()
    if title.startswith(" ".join(words)):
        return 1
    if all(word in f"{title} {command.group_title.lower()}" for word in words):
        return 2
    return 3 if all(word in all_of_it for word in words) else _NONE


def _exhibits(studio: Studio) -> Iterator[Command]:
    def opened(path: Path) -> None:
        studio.open(path)

    for exhibit in exhibits():
        help = tr("{tip} Trained already; what is open now is kept.", tip=exhibit.tip)
        yield Command(f"exhibit.{exhibit.name}", exhibit.title, help, "Gallery", partial(opened, exhibit.path))


def _lessons(studio: Studio) -> Iterator[Command]:
    for lesson in studio.lesson.known():
        help = tr(
            "{summary} {minutes} minutes; what is open now waits.", summary=lesson.summary, minutes=lesson.minutes
        )
        yield Command(f"lesson.play.{lesson.name}", lesson.title, help, "Lessons", partial(studio.lesson.play, lesson))


def _kept(studio: Studio) -> Iterator[Command]:
    for kept in studio.kept_runs():
        help = tr(
            "{family} on {data}, {step:,} steps. Bring it back; what is in front is kept.",
            family=kept.family,
            data=kept.data,
            step=kept.step,
        )
        yield Command(f"kept.{kept.id}", kept.title, help, "Kept run", partial(studio.bring, kept.id))


def _recent(studio: Studio) -> Iterator[Command]:
    def opened(path: Path) -> None:
        studio.open(path)

    for path in map(Path, studio.settings.recent):
        yield Command(f"recent.{path}", path.name, tr("Open {path}.", path=path), "File", partial(opened, path))


def _families(studio: Studio) -> Iterator[Command]:
    def chosen(name: str) -> bool:
        return studio.spec.family == name

    here = studio.kind
    for family in studio.catalogue.families:
        if family.accepts.get(here) is None:
            run, checked = partial(studio.choose_family, family.name), partial(chosen, family.name)
            yield Command(f"family.{family.name}", family.title, family.help, "Family", run, checked=checked)
    for family in studio.catalogue.families:
        there = next((workspace_of(kind) for kind, reason in family.accepts.items() if reason is None), None)
        if family.accepts.get(here) is not None and there is not None:
            run = partial(_go, studio, there, partial(studio.choose_family, family.name))
            yield Command(f"family.{family.name}", family.title, family.help, f"Family · {WORKSPACES[there][0]}", run)


def _recipes(studio: Studio) -> Iterator[Command]:
    for recipe in studio.catalogue.recipes:
        run = partial(_applied, studio, recipe.name)
        yield Command(f"recipe.{recipe.name}", recipe.title, f"{recipe.help} {recipe.look}", "Recipe", run)


def _applied(studio: Studio, name: str) -> None:
    apply_recipe(studio, name)


def _data(studio: Studio) -> Iterator[Command]:
    def chosen(name: str) -> bool:
        return studio.spec.data.name == name and studio.spec.data.path is None

    sources = [one for one in studio.catalogue.data if not one.from_file]
    for source in sorted(sources, key=lambda one: one.kind != studio.kind):
        name, there = source.name, workspace_of(source.kind)
        run = partial(studio.choose_data, DataChoice(name=name))
        if source.kind == studio.kind:
            checked = partial(chosen, name)
            yield Command(f"data.{name}", source.title, source.help, "Data", run, checked=checked)
        else:
            run = partial(_go, studio, there, run)
            yield Command(f"data.{name}", source.title, source.help, f"Data · {WORKSPACES[there][0]}", run)


def _go(studio: Studio, workspace: Workspace, then: Callable[[], object]) -> None:
    studio.set_workspace(workspace)
    then()


def _measures(studio: Studio) -> Iterator[Command]:
    there = {} if studio.run.curves is None else studio.run.curves.measures
    for measure in studio.catalogue.measures:
        if measure.name in there:
            run = partial(studio.show_measure, measure.name)
            yield Command(f"measure.{measure.name}", measure.title, measure.help, "Measure", run)


def _settings(studio: Studio, words: list[str]) -> Iterator[Command]:
    """A setting whose name is typed: with a value behind it to be set, without one as it is now."""
    *name, last = words
    for group, key, field, now, put in _fields(studio):
        title = str(field.get("title") or key).lower() if "_" not in key else key.replace("_", " ")
        names = (title, key.replace("_", " "))
        if name and any(_begins(each, name) for each in names) and (value := _value(field, last)) is not None:
            shown = field.get("description", "")
            yield Command(f"set.{key}", f"{title} {last}", f"{group}. {shown}", "Setting", partial(put, key, value))
        elif any(_begins(each, words) for each in names) and (offered := _offered(field)):
            for text, value in offered.items():
                here, shown = partial(_is, now, value), field.get("description", "")
                run = partial(put, key, value)
                yield Command(
                    f"set.{key}.{text}", f"{title}: {text}", f"{group}. {shown}", "Setting", run, checked=here
                )
        elif any(_begins(each, words) for each in names):
            hint = tr("Now {now}. Type a value behind the name to change it.", now=now)
            yield Command(f"set.{key}", title, hint, "Setting", lambda: None, enabled=lambda: False)


def _begins(name: str, typed: list[str]) -> bool:
    """Whether each word typed begins a word of the name, in order."""
    parts = iter(name.split())
    return all(any(part.startswith(word) for part in parts) for word in typed)


_Field = tuple[str, str, Mapping[str, Any], Any, Callable[[str, Any], Any]]


def _fields(studio: Studio) -> Iterator[_Field]:
    """Every setting of the run in front: where it belongs, its name, its schema, its value and how to set it."""
    resolved, opened = studio.resolved, studio.run.opened
    if resolved is None or opened is None or not studio.run.is_of(studio.spec):
        return
    sampling = resolved.sampling
    sampler = next((s for s in opened.info.samplers if s.name == sampling.sampler), None)
    held = {"temperature": ("number", 0.0, 2.0)} if opened.info.temperature else {}
    for key, (kind, low, high) in {**held, "count": ("integer", 1, 20_000), "seed": ("integer", 0, 2**53)}.items():
        field = {"title": {"count": "samples", "seed": tr("noise seed")}.get(key, key), "type": kind}
        put = lambda name, value: studio.set_sampling(**{name: value})  # noqa: E731
        yield tr("Sampling"), key, {**field, "minimum": low, "maximum": high}, getattr(studio.spec.sampling, key), put
    names = {
        "title": "sampler",
        "enum": [each.name for each in opened.info.samplers],
        "description": tr("How samples are drawn."),
    }
    yield tr("Sampling"), "sampler", names, sampling.sampler, lambda _, name: studio.set_sampling(sampler=name)
    label = studio.spec.sampling.label
    if (classes := opened.info.classes) and (label is None or isinstance(label, int)):
        asked = {
            "title": "class",
            "enum": ["all", *classes],
            "description": tr("Draw from p(x | y) of one class, or of all."),
        }
        now = "all" if label is None else classes[label]
        yield tr("Sampling"), "class", asked, now, partial(_ask_class, studio)
    yield from _fields_of_data(studio)
    family = studio.catalogue.family(resolved.family)
    for group, schema, values, put in (
        (tr("Sampling"), sampler.schema if sampler else {}, sampling.knobs, studio.set_knob),
        (tr("Model"), family.settings_for(opened.info.kind) if family else {}, resolved.config, studio.set_config),
        (tr("Training"), family.training_schema if family else {}, resolved.training, studio.set_training),
    ):
        for key, field in schema.get("properties", {}).items():
            yield group, key, field, values.get(key), put


def _ask_class(studio: Studio, _: str, name: str) -> None:
    opened = studio.run.opened
    if opened is not None:
        studio.set_sampling(label=None if name == "all" else opened.info.classes.index(name))


def _fields_of_data(studio: Studio) -> Iterator[_Field]:
    """Whether classes are used and made, and where the run is."""
    spec, opened = studio.spec, studio.run.opened
    if opened is not None and (opened.info.classes or opened.info.context):
        classes = {
            "title": tr("use classes") if opened.info.classes else tr("use context"),
            "type": "boolean",
            "description": tr("Learn p(x | y) of the classes, or of the context, that the data have."),
        }
        yield tr("Model"), "conditional", classes, spec.conditional, lambda _, on: studio.set_conditional(on)
    clusters = {
        "title": "clusters",
        "type": "integer",
        "minimum": 0,
        "maximum": 10,
        "description": tr("Classes by k-means."),
    }
    yield tr("Data"), "clusters", clusters, spec.data.clusters, lambda _, k: studio.set_clusters(k)
    devices = [device.name for device in studio.catalogue.devices]
    place = {"title": "device", "enum": devices, "description": tr("Where the model is computed.")}
    yield tr("Model"), "device", place, spec.device, lambda _, name: studio.set_device(name)


def _offered(field: Mapping[str, Any]) -> dict[str, Any]:
    """The few values that a field can have, by what they are called; none for a number."""
    if "enum" in field:
        return {str(value): value for value in field["enum"]}
    return {"on": True, "off": False} if field.get("type") == "boolean" else {}


def _is(now: Any, value: Any) -> bool:
    return bool(now == value)


def _value(field: Mapping[str, Any], text: str) -> Any:
    """What was typed as a value of a field; None where it is none."""
    if "enum" in field:
        return next((value for value in field["enum"] if str(value).lower().startswith(text)), None)
    if field.get("type") == "boolean":
        return {"on": True, "yes": True, "off": False, "no": False}.get(text)
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    low, high = field.get("minimum", number), field.get("maximum", number)
    if field.get("type") not in ("integer", "number") or not low <= number <= high:
        return None
    return round(number) if field["type"] == "integer" else number
