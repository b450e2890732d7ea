"""The verbs and their options. Each reads its options, asks a `Run` of the library and reports; nothing is computed here."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeVar

import click

import dgm_studio

F = TypeVar("F", bound=Callable[..., Any])
RUN = click.argument("run", type=click.Path(path_type=Path, dir_okay=False))
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object to standard output.")
SEED = click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Same seed, same result."
)
SET = click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
DEVICE = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="Where to compute.",
)
LABELS = (
    click.option("--label", default=None, metavar="L", help="Class, as the data name or number it."),
    click.option(
        "--given", default=None, metavar="NAME=VALUE,...", help="Values of the context; what is not named is free."
    ),
)


def labelled(command: F) -> F:
    """What samples are asked for by: a class, or values of a context. Both reach the verb as its ``label``."""

    @wraps(command)
    def run(*args: Any, label: str | None, given: str | None, **kwargs: Any) -> Any:
        from .reading import AskedBy

        return command(*args, label=AskedBy(label, given), **kwargs)

    for option in LABELS:
        run = option(run)
    return run  # type: ignore[return-value]


COLUMNS = click.option(
    "--columns", default=None, metavar="x=A,y=B[,class=C]", help="Columns of a table of points, by name or by number from 1 "
    "on; class=none for none. Default: what the file's names and numbers say."
)  # fmt: skip


LAYERS = click.option(
    "--layers", default=None, metavar="A,B,...", help="Of the plane, such as data,samples,density,field,path; default: those "
    "that were on."
)  # fmt: skip


class Seconds(click.FloatRange):
    """A range of floats without nan and infinity, which are below no bound and would never be over."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds: float = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value} is not a finite number of seconds.", param, ctx)
        return seconds


class VerbOrFile(click.Group):
    """A group whose first argument may also be a ``.dgm`` file or a link to open in the window."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            if args[0].endswith(".dgm") or args[0].lower().startswith("dgm:") or Path(args[0]).exists():
                return "open", self.commands["open"], args
            from dgm_studio.studio.wording import nearest

            hint = nearest(args[0], [c for c in self.commands if c != "open"])
            raise click.UsageError(f"There is no verb or file {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


def _speak() -> None:
    """Show what is drawn in the person's language; what is printed stays English, for scripts to read."""
    from dgm_studio.language import chosen_language, use

    use(chosen_language())


def spoken(command: F) -> F:
    """Choose the language before anything is imported that has words."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        _speak()
        return command(*args, **kwargs)

    return run  # type: ignore[return-value]


def reported(command: F) -> F:
    """Turn what goes wrong into one sentence on standard error and the exit code: 2 for input, 1 for a failure."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from dgm_studio.api.job import BadInput, Failure

        try:
            return command(*args, **kwargs)
        except BadInput as error:
            click.echo(f"dgm-studio: {error}", err=True)
            sys.exit(2)
        except (OSError, MemoryError) as error:
            from dgm_studio.engine.errors import advise

            click.echo(f"dgm-studio: {' '.join(advise(error))}", err=True)
            sys.exit(1)
        except Failure as error:
            click.echo(f"dgm-studio: {error}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo("dgm-studio: stopped.", err=True)
            sys.exit(130)

    return run  # type: ignore[return-value]


@click.group(cls=VerbOrFile, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(dgm_studio.__version__, prog_name="dgm-studio")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """DGM Studio: a playground for deep generative models.

    Without a verb it opens the window; `dgm-studio FILE.dgm` opens a saved run in it, `dgm-studio dgm:...` a link.
    """
    if ctx.invoked_subcommand is None:
        _open_window(None)


@cli.command(name="open", hidden=True)
@click.argument("file")
@spoken
@reported
def open_file(file: str) -> None:
    """Open a saved run, or a link, in the window."""
    from dgm_studio.api.job import BadInput
    from dgm_studio.studio.files.links import BadLink, from_link, is_link

    if is_link(file):
        try:
            from_link(file)
        except BadLink as error:
            raise BadInput(str(error)) from None
    elif not Path(file).is_file():
        raise BadInput(f"{file} does not exist. Check the path.")
    _open_window(file if is_link(file) else Path(file))


def _open_window(file: Path | str | None) -> None:
    seen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if sys.platform.startswith("linux") and not seen:  # Qt would end the process with a list of its plug-ins
        click.echo(
            "dgm-studio: There is no display, so the window cannot open. Every verb works without one.", err=True
        )
        sys.exit(1)
    _speak()
    from dgm_studio.ui.app import run_app

    sys.exit(run_app(file))


@cli.command(name="list")
@click.argument("what", type=click.Choice(["data", "families", "samplers", "measures", "recipes", "gallery"]))
@JSON
@reported
def list_(what: str, as_json: bool) -> None:
    """List what can be chosen."""
    from .listing import list_catalogue

    list_catalogue(what, as_json)


@cli.command()
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), help="The .dgm file to write; NAME.dgm unless told.")
@JSON
@reported
def gallery(name: str, out: Path | None, as_json: bool) -> None:
    """Write a trained model of `list gallery` to a file of your own."""
    from .exhibiting import write_exhibit

    write_exhibit(name, out, as_json)


@cli.command()
@click.option("--data", default=None, metavar="NAME|FILE|FOLDER", help="A data set of `list data`, a file or a folder.")
@click.option(
    "--source",
    default=None,
    metavar="NAME|FILE|FOLDER",
    help="Other data that samples start from, for families that go from one data set to another.",
)
@click.option("--family", default=None, help="A family of `list families`.")
@click.option("--recipe", default=None, help="One of `list recipes`, in place of data and family.")
@SET
@click.option("--steps", type=click.IntRange(1), default=None, help="Train so many steps.")
@click.option("--seconds", type=Seconds(0, min_open=True), default=None, help="Train so long, loading not counted.")
@SEED
@DEVICE
@COLUMNS
@click.option(
    "--conditional",
    is_flag=True,
    help="Condition on the classes or the context of the data, as JEM does anyway.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The .dgm file to write.")
@JSON
@reported
def train(**options: Any) -> None:
    """Train a model and save the run.

    --set takes settings of the family, of training (batch, learning_rate) and, as data.KEY, of the
    data and, as source.KEY, of the source; data.clusters=K makes K clusters the classes. Without --steps
    or --seconds the family's recipe says how long. Ctrl+C stops early and saves what was learned so far.
    """
    from .verbs import train_run

    train_run(**options)


@cli.command()
@RUN
@click.option("-n", "count", type=click.IntRange(1, 100_000), default=64, show_default=True, help="How many.")
@SET
@labelled
@SEED
@DEVICE
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help=".npy, .csv, .npz, .png, or .webp and .mp4 (the path).",
)
@JSON
@reported
def sample(**options: Any) -> None:
    """Draw samples from a saved run.

    --set takes sampler, temperature and the sampler's knobs, such as steps or guidance.
    """
    from .verbs import sample_run

    sample_run(**options)


@cli.command()
@RUN
@click.option(
    "--points",
    type=click.Path(path_type=Path),
    required=True,
    help="Points, pictures or strings: any file, folder or ZIP that train takes.",
)
@COLUMNS
@labelled
@DEVICE
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The .npy file of nats to write.")
@JSON
@reported
def logprob(**options: Any) -> None:
    """Log-density of points in nats; refuses, with the reason, where the family has no density."""
    from .verbs import log_density

    log_density(**options)


@cli.command()
@RUN
@click.option(
    "--from", "start", required=True, metavar="A.png|I", help="A picture, or the number of a training example."
)
@click.option("--to", "end", required=True, metavar="B.png|J", help="A picture, or the number of a training example.")
@click.option("--frames", type=click.IntRange(2, 256), default=16, show_default=True, help="How many pictures.")
@click.option(
    "--geometry", type=click.Choice(["line", "sphere"]), default=None, help="Default: what suits the latent space."
)
@labelled
@DEVICE
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help=".png (a strip), .webp or .mp4 (an animation)."
)
@JSON
@reported
def interpolate(**options: Any) -> None:
    """Walk from one picture to another through the latent space."""
    from .verbs import interpolate_run

    interpolate_run(**options)


COUNT = click.option("-n", "count", type=click.IntRange(1, 64), default=4, show_default=True, help="How many answers.")
METHOD = click.option(
    "--method",
    default=None,
    help="A method of `list samplers` that meets this condition; default: the family's careful one.",
)
ROW = click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="The .png file: one row of pictures, the answers last.",
)


ROW_OR_TEXT = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="The .png file of one row of pictures, the answers last; of strings a .txt, or none to print them only; "
    "of sounds a .wav; of points and paths a .npy or a .csv, or none.",
)


def answering(command: Callable[..., None]) -> Callable[..., None]:
    """What every verb of the canvas takes: how many answers, how, and where they go."""
    return _answering(command, ROW)


def _answering(command: Callable[..., None], target: Callable[..., Any]) -> Callable[..., None]:
    for option in (JSON, target, DEVICE, SEED, labelled, SET, METHOD, COUNT):
        command = option(command)
    return command


@cli.command()
@RUN
@click.option("--image", type=click.Path(path_type=Path), default=None, help="The picture.")
@click.option(
    "--mask", type=click.Path(path_type=Path), default=None, help="Its mask; white is generated, grey in part."
)
@click.option("--text", default=None, metavar="PATTERN", help="Of a run on strings: a string in which _ or ? is a letter to "
              "be filled in; a * at its end leaves all that follows open.")  # fmt: skip
@click.option("--sound", type=click.Path(path_type=Path), default=None, help="Of a run on sounds: a WAV file of which a part "
              "is made anew.")  # fmt: skip
@click.option("--gap", default=None, metavar="START-END", help="Of a sound: what is made, in seconds, such as 0.3-0.5.")
@click.option("--every", type=int, default=None, metavar="K", help="Of a sound: every K-th sample is known, the others are "
              "made.")  # fmt: skip
@click.option("--known", default=None, metavar="NUMBERS", help="Of a run on points or paths: what is known, and ? for what is "
              "made, such as 0.5,? or, of waypoints, 0,0;?,?;1,0.")  # fmt: skip
@click.option("--resize", is_flag=True, help="Stretch a mask of another size over the picture.")
@partial(_answering, target=ROW_OR_TEXT)
@reported
def inpaint(**options: Any) -> None:
    """Generate the white part of a mask, given the rest of a picture, the hidden letters of a string, a gap in a sound, or what
    is not known of a point or a path."""
    from .painting import inpaint_run

    inpaint_run(**options)


@cli.command()
@RUN
@click.option(
    "--operator", required=True, help="What was done to the picture: down2, down4, gray, blur:1.5, noise:0.3, "
    "pixels:0.25 or fourier:0.25."
)  # fmt: skip
@click.option("--image", type=click.Path(path_type=Path), required=True, help="The picture to degrade and restore.")
@click.option("--noise", type=click.FloatRange(0, 2), default=0.0, show_default=True, help="Standard deviation of noise "
              "on the measurement; 2 is black to white.")  # fmt: skip
@answering
@reported
def restore(**options: Any) -> None:
    """Degrade a picture by a linear operator and restore it: the row shows original, measurement, answers."""
    from .painting import restore_run

    restore_run(**options)


@cli.command()
@RUN
@click.option(
    "--image", type=click.Path(path_type=Path), default=None, help="The picture under the strokes; default: black."
)
@click.option("--strokes", type=click.Path(path_type=Path), required=True, help="Paint on a transparent ground (.png).")
@click.option("--mask", type=click.Path(path_type=Path), default=None, help="White where things may change; default: "
              "everywhere.")  # fmt: skip
@click.option("--resize", is_flag=True, help="Stretch strokes and mask of another size over the picture.")
@click.option("--strength", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="How much is forgotten: 0 "
              "keeps the strokes as they are.")  # fmt: skip
@answering
@reported
def edit(**options: Any) -> None:
    """Turn a rough sketch into a picture like the data: the row shows the sketch, then the answers."""
    from .painting import edit_run

    edit_run(**options)


@cli.command()
@RUN
@click.option(
    "--points",
    type=click.Path(path_type=Path),
    required=True,
    help="Examples of the source: any file, folder or ZIP that train takes.",
)
@COLUMNS
@click.option("--back", is_flag=True, help="The other way: from the data to the source.")
@DEVICE
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help=".npy, .csv or .npz of the examples, or .png: what was given above where it went.",
)
@JSON
@reported
def translate(**options: Any) -> None:
    """Carry examples from the source of a run to its data, or back, and measure the way.

    Told are the mean squared distance travelled and the error after both ways, in standard deviations of the data.
    """
    from .translating import translate_run

    translate_run(**options)


@cli.command()
@RUN
@click.option("--image", type=click.Path(path_type=Path), default=None, help="A picture, or a folder of them.")
@click.option(
    "--points",
    type=click.Path(path_type=Path),
    default=None,
    help="Points, pictures or strings: any file, folder or ZIP that train takes.",
)
@COLUMNS
@click.option("--outliers", is_flag=True, help="How well the model tells data from things that are not.")
@click.option("--prior", default=None, metavar="W,W,...", help="Weights of the classes; default: as in the data.")
@click.option(
    "--among",
    multiple=True,
    metavar="CAPTION",
    help="Of data with captions: which of these an image has; give several.",
)
@DEVICE
@JSON
@reported
def classify(**options: Any) -> None:
    """Which class examples have by Bayes' rule, and how likely the model finds them.

    Where the file or the folders say the classes, also how often the model agrees. Of data with captions also which sentence an
    image has, by two towers and by the model itself.
    """
    from .deciding import classify_run

    classify_run(**options)


@cli.command()
@RUN
@click.option(
    "--hold", default="", metavar="NAME=VALUE,...", help="Numbers of the program that are the same in all pictures."
)
@click.option("-n", "count", type=click.IntRange(1, 64), default=12, show_default=True, help="Pictures.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the numbers that are not held.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help=".png: all of them.")
@JSON
@reported
def draw(**options: Any) -> None:
    """Draw pictures by the program of a run's data, some of its numbers held, and tell the numbers of each."""
    from .programming import draw_pictures

    draw_pictures(**options)


@cli.command()
@RUN
@click.option("--image", type=click.Path(path_type=Path), required=True, help="The picture.")
@click.option("-n", "count", type=click.IntRange(1, 5000), default=400, show_default=True, help="Draws.")
@click.option(
    "--noise",
    type=click.FloatRange(0, 2),
    default=0.0,
    show_default=True,
    help="It is seen through.",
)
@click.option("--ranks", is_flag=True, help="Also whether these are draws from the posterior.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help=".png: pictures drawn anew by inferred numbers."
)
@JSON
@reported
def infer(**options: Any) -> None:
    """Infer which numbers of the program of a run's data drew a picture: draws from p(numbers | picture).

    Told are of a number its mean, deviation and quartiles, of a choice how likely each value is.
    """
    from .programming import infer_numbers

    infer_numbers(**options)


@cli.command()
@RUN
@click.argument("others", type=click.Path(path_type=Path, dir_okay=False), nargs=-1)
@click.option(
    "--classifier",
    type=click.Choice(["net", "robust", "convolutional"]),
    default="net",
    show_default=True,
    help="What is to be pleased: a small network, one trained on attacked examples, or a convolutional one.",
)
@click.option("--class", "label", default=None, metavar="NAME", help="The class that the pictures shall be taken for.")
@click.option("--unit", default=None, metavar="LAYER:NUMBER", help="A unit of a hidden layer instead, both from 0.")
@click.option("--layer", type=click.IntRange(0), default=None, help="All of a hidden layer instead, as in DeepDream.")
@click.option(
    "--pull", type=click.FloatRange(0, 20), default=5.0, show_default=True, help="Against the priors; 1 is Bayes' rule."
)
@click.option("--image", type=click.Path(path_type=Path), default=None, help="Where pixels begin; by default in noise.")
@click.option("-n", "count", type=click.IntRange(1, 16), default=6, show_default=True, help="Pictures of each way.")
@click.option("--seed", type=int, default=0, show_default=True)
@DEVICE
@click.option("--out", type=click.Path(path_type=Path), default=None, help=".png: a row for every way.")
@JSON
@reported
def maximise(**options: Any) -> None:
    """Make pictures that please a classifier as much as may be: in pixels alone, and under RUN and OTHERS as priors.

    Told are, for every way, how strong the target is, and how likely the run finds the pictures.
    """
    from .maximising import maximise_run

    maximise_run(**options)


@cli.command()
@RUN
@click.argument("others", type=click.Path(path_type=Path, dir_okay=False), nargs=-1)
@click.option(
    "--classifier",
    type=click.Choice(["logistic", "net", "robust"]),
    default="net",
    show_default=True,
    help="What is attacked: a linear classifier, a small network, or one trained on attacked examples.",
)
@click.option(
    "--epsilon",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="How far a number may move: of black to white, or in standard deviations of points.",
)
@click.option("-n", "count", type=click.IntRange(1, 1000), default=100, show_default=True, help="Held-out examples.")
@click.option(
    "--purify",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Noise and denoise the moved images by the run, from this far back.",
)
@DEVICE
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help=".png: examples, moved, difference, purified."
)
@JSON
@reported
def attack(**options: Any) -> None:
    """Move examples a little so that a classifier of the same data is wrong, and ask who else is fooled.

    Told are what every classifier, and the run by Bayes' rule or its own logits, gets right before and after, and log p(x) by
    RUN and OTHERS on the same data.
    """
    from .attacking import attack_run

    attack_run(**options)


@cli.command()
@click.argument("runs", type=click.Path(path_type=Path, dir_okay=False), nargs=-1)
@click.option("--data", default=None, metavar="NAME|FILE|FOLDER", help="What the families are trained on.")
@click.option("--families", default=None, metavar="A,B,...", help="Families of `list families` to be trained.")
@click.option(
    "--recipes", default=None, metavar="A,B,...", help="Of `list recipes`, trained on data of their own choice."
)
@SET
@click.option(
    "--budget",
    default=None,
    metavar="seconds:S|steps:N|examples:N",
    help="How long each is trained; default: by its recipe.",
)
@click.option("--repeats", type=click.IntRange(1, 20), default=1, show_default=True, help="Seeds of each family.")
@click.option("--measures", default=None, metavar="A,B,...", help="More columns: names of `list measures`.")
@click.option("--stability", is_flag=True, help="Try training at a third and three times the learning rate as well.")
@click.option("--conditional", is_flag=True, help="Condition on the classes of the data.")
@COLUMNS
@SEED
@DEVICE
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help=".md, .csv, .tex, .json or .png of the table, .dgm of all runs.",
)
@JSON
@reported
def compare(**options: Any) -> None:
    """Compare runs on the same data in one measured table.

    RUNS are saved ones, or comparisons saved as one .dgm; --data and --families, or --recipes, train more, side by side.
    --set takes data.KEY, batch and learning_rate, of families. What goes wrong with one run stands in its cells. Ctrl+C ends
    training, then measuring, and what is done is written.
    """
    from .comparing import compare_run

    compare_run(**options)


@cli.command()
@RUN
@click.argument("images", type=click.Path(path_type=Path), required=False)
@click.option("--held-out", is_flag=True, help="The run's own held-out pictures.")
@click.option("--round", "rounded", is_flag=True, help="Round pictures to the grey levels that the model knows, first.")
@DEVICE
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The .dgmz file to write.")
@JSON
@reported
def compress(**options: Any) -> None:
    """Write pictures to a file without loss, by the probabilities of a saved run.

    IMAGES is any file, folder or ZIP of pictures that fit the model as they are. What was written is read back and compared
    before its size is told. Whoever decompresses it needs the same run.
    """
    from .compressing import compress_run

    compress_run(**options)


@cli.command()
@RUN
@click.argument("file", type=click.Path(path_type=Path))
@DEVICE
@click.option("--out", type=click.Path(path_type=Path), required=True, help=".npy, .npz or .zip (of PNG files).")
@JSON
@reported
def decompress(**options: Any) -> None:
    """Read the pictures in a .dgmz FILE that was compressed with the same run; damaged and foreign files are refused."""
    from .compressing import decompress_run

    decompress_run(**options)


@cli.command()
@RUN
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    default=None,
    help="Other examples to compare with: any file, folder or ZIP that train takes.",
)
@COLUMNS
@DEVICE
@JSON
@reported
def evaluate(**options: Any) -> None:
    """Compute every measure that applies."""
    from .verbs import evaluate_run

    evaluate_run(**options)


@cli.command()
@RUN
@click.option(
    "--to",
    "form",
    type=click.Choice(["python", "notebook", "standalone", "onnx", "safetensors"]),
    required=True,
    help="A script or notebook that trains again; or the model as one Python file, a graph, or weights.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="A .py, .ipynb, .onnx or .safetensors file."
)
@JSON
@reported
def export(run: Path, form: str, out: Path, as_json: bool) -> None:
    """Write a run for elsewhere.

    python and notebook train and sample it again over dgm_studio.api. standalone is one readable file that draws the same
    samples with torch and numpy alone, its weights beside it as .npz. onnx is the graph of a step, with a manifest of its
    loop as .json; safetensors are the weights, with the settings in the metadata.
    """
    from .exporting import export_run

    export_run(run, form, out, as_json)


@cli.command()
@RUN
@JSON
@reported
def link(run: Path, as_json: bool) -> None:
    """Print data, family and settings of a run as a link, without its weights.

    `dgm-studio 'dgm:...'` opens it in the window, here or elsewhere, where it is trained anew.
    """
    from .linking import link_run

    link_run(run, as_json)


@cli.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN|LESSON")
@click.option(
    "--step", type=click.IntRange(1), default=None, help="What a step of this lesson begins with, by its number."
)
@click.option(
    "--of",
    type=click.Choice(["sampling", "training", "interpolation", "latents", "painting"]),
    default="sampling",
    show_default=True,
    help="The way from noise to data, the kept steps of training, the way between two examples, a walk on the latent plane, "
    "or the steps of the newest answer on the canvas.",
)
@click.option(
    "--seconds", type=Seconds(0, min_open=True), default=None, help="How long it takes; default: 4, of training 6."
)
@click.option(
    "--speed", type=Seconds(0.1, 10), default=1.0, show_default=True, help="How fast, where no --seconds is given."
)
@click.option("--fps", type=click.IntRange(1, 60), default=30, show_default=True, help="Frames a second: 24, 30 or 60.")
@click.option("--size", default="1280x720", show_default=True, metavar="WxH", help="In pixels, up to 4096x2160.")
@click.option("--theme", type=click.Choice(["light", "dark"]), default="dark", show_default=True)
@click.option("--back", is_flag=True, help="There and back.")
@click.option("--once", is_flag=True, help="Do not begin again at the end.")
@click.option("--no-title", is_flag=True, help="Without what the run is.")
@click.option("--no-number", is_flag=True, help="Without the time or step, and the measure.")
@click.option("--no-legend", is_flag=True, help="Without what the colours mean.")
@click.option("--transparent", is_flag=True, help="Without a ground (.webp, .gif, .png).")
@LAYERS
@click.option(
    "--extent", default=None, metavar="L,R,B,T", help="What of the plane is in view; default: all of the data."
)
@click.option(
    "--through",
    default=None,
    metavar="X,Y;X,Y;...",
    help="Places of the latent plane that a walk goes through; default: once around its middle.",
)
@click.option("--from", "start", type=click.IntRange(0), default=0, show_default=True, help="Training example that an "
              "interpolation begins with.")  # fmt: skip
@click.option(
    "--to", "end", type=click.IntRange(0), default=1, show_default=True, help="Training example that it ends with."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help=".webp, .gif, .png (animated), or .mp4 where ffmpeg is.",
)
@JSON
@spoken
@reported
def film(**options: Any) -> None:
    """Film a saved run, a comparison, or with --step what a step of a lesson begins with, as the window shows it: every
    frame at its own moment, drawn without a display.
    """
    from .filming import film_run

    film_run(**options)


@cli.command()
@RUN
@click.option(
    "--view",
    type=click.Choice(["samples", "loss", "quality"]),
    default="samples",
    show_default=True,
    help="What the run draws (of points the plane with its layers), or its curves.",
)
@click.option("--width", default="8cm", show_default=True, metavar="LENGTH", help="As printed: cm, mm, in or pt.")
@click.option("--height", default=None, metavar="LENGTH", help="Default: three quarters of the width.")
@click.option("--theme", type=click.Choice(["paper", "light", "dark"]), default="paper", show_default=True)
@click.option(
    "--font", type=click.Choice(["sans", "serif"]), default="sans", show_default=True, help="Letters of 8 points."
)
@click.option(
    "--scale", type=click.IntRange(1, 4), default=1, show_default=True, help="Of a .png: times 300 dots per inch."
)
@click.option("--no-legend", is_flag=True, help="Without what the colours mean.")
@click.option("--time", "t", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="The sampling time.")
@click.option("--step", type=click.IntRange(0), default=None, help="A kept step of training; default: the newest.")
@LAYERS
@click.option(
    "--extent", default=None, metavar="L,R,B,T", help="What of the plane is in view; default: all of the data."
)
@click.option("--caption", is_flag=True, help="Also write caption, alternative text and provenance, as OUT.txt.")
@click.option("--numbers", type=click.Path(path_type=Path), default=None, help="Also write the numbers behind it.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help=".svg, .pdf or .png.")
@JSON
@spoken
@reported
def figure(**options: Any) -> None:
    """Draw a saved run, or a comparison, for a paper: points, lines and letters as vectors, heat maps as pixels."""
    from .figures import figure_run

    figure_run(**options)


@cli.command()
@RUN
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help=".html (one page, nothing beside it) or .pdf."
)
@JSON
@spoken
@reported
def report(run: Path, out: Path, as_json: bool) -> None:
    """Report on a saved run, or a comparison: pictures, curves, measures with errors, settings, and how to make it again."""
    from .reporting import report_run

    report_run(run, out, as_json)


@cli.command()
@click.argument("run", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option(
    "--workspace",
    type=click.Choice(["2d", "images", "sequences", "paths"]),
    default=None,
    help="Default: that of the run, else 2d.",
)
@click.option("--theme", type=click.Choice(["light", "dark"]), default="dark", show_default=True)
@click.option("--size", default="1440x900", show_default=True, metavar="WxH", help="Window size in pixels.")
@click.option("--seconds", type=Seconds(0), default=6.0, show_default=True, help="Train so long before the picture.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The .png file.")
@spoken
@reported
def screenshot(run: Path | None, workspace: str | None, theme: str, size: str, seconds: float, out: Path) -> None:
    """Render the window into a picture, without a display."""
    from .verbs import take_screenshot

    take_screenshot(run, workspace, theme, size, seconds, out)


@cli.command()
@JSON
@reported
def doctor(as_json: bool) -> None:
    """Versions, devices, and what would limit this machine."""
    from .doctor import examine

    examine(as_json)


@cli.group()
def lesson() -> None:
    """Lessons: which there are, and whether one holds what it says."""


@lesson.command(name="list")
@JSON
@reported
def lesson_list(as_json: bool) -> None:
    """List the lessons of the program and your own."""
    from .lessons import list_lessons

    list_lessons(as_json)


@lesson.command(name="check")
@click.argument("what", metavar="NAME|FOLDER|FILE", required=False)
@click.option("--all", "every", is_flag=True, help="All lessons that come with the program.")
@JSON
@reported
def lesson_check(what: str | None, every: bool, as_json: bool) -> None:
    """Check a lesson: its text by file and line, then its solution, which is played without a window.

    The exit code is 2 where something is wrong.
    """
    from .lessons import check_lessons

    check_lessons(what, every, as_json)


@lesson.command(name="export")
@click.argument("what", metavar="NAME|FOLDER|FILE")
@click.option(
    "--to",
    "form",
    type=click.Choice(["html", "pdf", "dgml"]),
    default="html",
    show_default=True,
    help="One page with formulas and pictures in it, pages to print, or the lesson as one file to be handed on.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The .html, .pdf or .dgml file to write.")
@JSON
@reported
def lesson_export(what: str, form: str, out: Path, as_json: bool) -> None:
    """Write a lesson as one file."""
    from .lessons import export_lesson

    export_lesson(what, form, out, as_json)
