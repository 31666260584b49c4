"""The `labkit` command: parse, call the library once, print.

A new command is one function; the first line of its docstring is its help:

    @command(argument("model", nargs="?", default="r1-mini"), argument("--n", type=int, default=500))
    def eval(args: Namespace) -> int:
        '''Measures a model on held-out problems.'''
        from labkit.training.evaluation import evaluation
        ...
        return 0

A command imports its modules inside its function, so that `labkit --help` stays fast. A `LabkitError` is
printed and ends the command with status 1.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from errno import EINVAL
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

from labkit import __version__, _course_commands, _trace_commands
from labkit._course_commands import Argument, Run, argument
from labkit._host.extras import not_installed
from labkit._host.system import WINDOWS
from labkit.errors import BadArgument, LabkitError


@dataclass(frozen=True)
class Command:
    """A command's function and its arguments."""

    run: Run
    arguments: tuple[Argument, ...]

    @property
    def help(self) -> str:
        """The first line of the function's docstring."""
        return (self.run.__doc__ or "").strip().partition("\n")[0]


COMMANDS: dict[str, Command] = {}


def command(*arguments: Argument) -> Callable[[Run], Run]:
    """Registers a function as a command; the command has the function's name."""

    def register(run: Run) -> Run:
        COMMANDS[run.__name__.replace("_", "-")] = Command(run, arguments)
        return run

    return register


@command(
    argument("--lab", action="store_true", help="check JupyterLab and its widgets, too"),
    argument("--json", action="store_true", help="print the findings as JSON"),
)
def doctor(args: Namespace) -> int:
    """Checks that everything labkit needs is installed; changes nothing and uses no network."""
    from labkit import _doctor, _doctor_lab

    findings = _doctor.examine(*(_doctor_lab.checks() if args.lab else ()))
    print(_doctor.as_json(findings) if args.json else _doctor.as_text(findings))
    return 1 if any(f.state == "missing" for f in findings) else 0


@command(
    argument("model", nargs="?", default="r1-mini", help="r1-mini, r1-mini-cold, or a checkpoint's folder"),
    argument("--n", type=int, default=500, help="held-out problems (default 500)"),
    argument("--samples", type=int, default=8, help="rollouts a problem (default 8)"),
    argument("--seed", type=int, default=0),
    argument("--json", type=Path, metavar="FILE", help="write the figures there, too"),
)
def eval(args: Namespace) -> int:
    """Measures a Countdown model on held-out problems: pass@k, format, lengths, with 95 % intervals."""
    from labkit.models import load
    from labkit.training.evaluation import evaluation, metrics

    rows = []
    for row in evaluation.evaluate(load(args.model).local(), n=args.n, samples=args.samples, seed=args.seed):
        print(row, flush=True)
        rows.append(row)
    if args.json:
        metrics.write(rows, args.json)
    return 0


@command(
    argument("model", nargs="?", default="r1-mini", help="a model that has a tuned lens (default r1-mini)"),
    argument("--lens", default="tuned", metavar="FILE", help="another lens, such as one that you trained"),
    argument("--n", type=int, default=200, help="held-out problems (default 200)"),
    argument("--seed", type=int, default=0),
    argument("--json", type=Path, metavar="FILE", help="write the figures there, too"),
)
def eval_lens(args: Namespace) -> int:
    """Measures the tuned lens against the logit lens on held-out problems: KL to the last layer, agreement."""
    from labkit.inside.lens import tuned as translators
    from labkit.models import load
    from labkit.training import tuned_lens
    from labkit.training.evaluation import metrics

    model, rows = load(args.model).local(), []
    for row in tuned_lens.evaluate(
        model, translators.load_translators(model, args.lens), n=args.n, seed=args.seed
    ):
        print(row, flush=True)
        rows.append(row)
    if args.json:
        metrics.write(rows, args.json)
    return 0


@command(
    argument("model", nargs="?", help="the name of one model: prints all that labkit knows about it"),
    argument(
        "--sort",
        default="name",
        help="name, parameters, weights, kv, context, thought, family or licence (default name)",
    ),
    argument("--precision", default="bf16", help="bf16, int8 or int4: what the sizes are worked out for"),
)
def catalog(args: Namespace) -> int:
    """Lists known open reasoning models: size, KV cache, licence, and whether they fit on this machine."""
    from labkit.views import catalog as table

    print(table(args.model, sort=args.sort, precision=args.precision).as_table())
    return 0


@command()
def families(args: Namespace) -> int:
    """Lists the model families that labkit knows: the tags of their thoughts, their switch, and the source of each."""
    from labkit.traces.families.listing import table

    print(table())
    return 0


@command(
    argument(
        "model",
        nargs="?",
        help="a name of the catalog, OWNER/NAME on the hub, or the address of a machine that serves a folder",
    ),
    argument("folder", nargs="?", type=Path, help="must not exist yet"),
    argument("--check", type=Path, metavar="FOLDER", help="compare what was fetched with its sums"),
)
def fetch(args: Namespace) -> int:
    """Saves a model into a folder that other machines can load, from a USB stick or a shared disk."""
    from labkit.models.checkpoints import checksums
    from labkit.models.checkpoints import export as fetching

    if args.check is not None:
        broken = 0
        for name, right in checksums.check(args.check):
            print(f"{'ok' if right else 'BROKEN':8}{name}", flush=True)
            broken += not right
        return 1 if broken else 0
    if args.model is None or args.folder is None:
        raise BadArgument("labkit fetch needs a model and a folder.", why="it copies the one into the other.",
                          next="labkit fetch r1-distill-qwen-1.5b my-folder")  # fmt: skip
    # An absolute path, since a bare name may be a model's name; slashes, since a backslash starts an escape.
    print(f'labkit.load("{fetching.fetch(args.model, args.folder).absolute().as_posix()}")')
    return 0


@command(
    argument("model", nargs="?", default="r1-mini", help="a model for labkit.load (default r1-mini)"),
    argument("--host", default="0.0.0.0", help="where to listen (default: every address of this machine)"),
    argument("--port", type=int, default=8000, help="default 8000; 0 takes one that is free"),
    argument("--token", help="the key that students need (default: $LABKIT_TOKEN, or a new one)"),
    argument("--engine", choices=["auto", "transformers", "vllm"], default="auto",
             help="auto: vLLM where it is installed and there is an NVIDIA card for a large model"),
    argument("--together", type=int, default=32, metavar="N", help="thoughts at the same time (default 32)"),
    argument("--waiting", type=int, default=96, metavar="N", help="thoughts that may wait for a place (default 96)"),
    argument("--connections", type=int, metavar="N",
             help="open connections (default: as many as the limit of open files allows, at most 2048)"),
    argument("--by-address", type=int, metavar="N",
             help="open connections from one address (default three quarters: a class may share one)"),
    argument("--family", default="", help="the family of a model that labkit does not know (see labkit families)"),
    argument("--tags", nargs=2, metavar=("OPEN", "CLOSE"), help="the tags of its thoughts"),
)  # fmt: skip
def serve(args: Namespace) -> int:
    """Serves a model to a class: prints the line that students paste, and ends with Ctrl-C.

    A client has 10 seconds to send its headers and 30 to send its request. When all connections are in use, a
    connection that has sent no request yet is closed to make room.
    """
    from labkit.serve import run as server

    server.run(args.model, host=args.host, port=args.port, token=args.token, engine=args.engine,
               together=args.together, waiting=args.waiting, connections=args.connections,
               by_address=args.by_address, family=args.family, tags=args.tags)  # fmt: skip
    return 0


@command(
    argument("recipe", help="a name, such as r1-mini-cold, or the path of a TOML file"),
    argument("--out", type=Path, metavar="FOLDER", help="default: runs/RECIPE, or runs/RECIPE-seed-N"),
    argument("--engine", choices=["labkit", "trl"], default="labkit",
             help="trl: Hugging Face's trainer, for models that need a GPU (vLLM samples where it is installed); "
             "1.5B on one and 7B on eight: python -m pydoc labkit.training.rl.trl"),
    argument("--steps", type=int, help="number of steps, if not that of the recipe"),
    argument("--seed", type=int, help="another run of the same recipe"),
    argument("--log", action="append", default=[], choices=["trackio", "wandb", "tensorboard"],
             help="log the metrics there, too; may be given several times"),
)  # fmt: skip
def train(args: Namespace) -> int:
    """Trains a recipe; after an interruption, the same command resumes the run (not on trl)."""
    from labkit.training import recipes

    stem = Path(args.recipe).stem + ("" if args.seed is None else f"-seed-{args.seed}")
    folder = args.out or Path("runs") / stem
    print(
        recipes.run(args.recipe, folder, engine=args.engine, steps=args.steps, seed=args.seed, log=args.log)
    )
    return 0


@command(
    argument(
        "size", nargs="?", default="1.5b", help="1.5b, 7b or 14b: the shapes of DeepSeek's Qwen distills"
    ),
    argument("--gpus", type=int, default=1, help="number of GPUs that share the training state (default 1)"),
    argument("--card", type=float, default=80, metavar="GB", help="memory of a GPU (default 80)"),
    argument(
        "--rollouts",
        type=int,
        default=64,
        help="rollouts that each GPU samples at the same time (default 64)",
    ),
    argument("--tokens", type=int, default=8192, help="tokens of a rollout (default 8192)"),
    argument("--micro", type=int, default=1, help="rollouts of a micro-batch on each GPU (default 1)"),
)
def memory(args: Namespace) -> int:
    """Estimates the GPU memory that GRPO needs, by formula."""
    from labkit.training.rl.gpu_memory import grpo_memory

    estimate = grpo_memory(
        args.size, gpus=args.gpus, rollouts=args.rollouts, tokens=args.tokens, micro=args.micro
    )
    print(*estimate.lines(args.card), sep="\n")
    return 0


@command(_course_commands.add_actions)
def course(args: Namespace) -> int:
    """Copies, measures, checks, exports and cleans the lessons; replaces no file of a student."""
    return _course_commands.ACTIONS[args.action].run(args)


@command(
    argument("notebook", type=Path, help="the file of a notebook whose cells have run"),
    argument(
        "file", type=Path, nargs="?", help="the page (default: beside the notebook, with the ending .html)"
    ),
)
def export(args: Namespace) -> int:
    """Writes a notebook as one HTML page in which its saved views react, without Jupyter and a network.

    No cell is run. No script of an output runs on the page, and no request leaves it.
    """
    from labkit.course import notebook_page

    page = notebook_page.export(args.notebook, args.file)
    pictures = f"; {page.pictures} of an older labkit stay pictures" if page.pictures else ""
    print(f"{page.path}: {page.live} views react{pictures}.")
    return 0


command(*_trace_commands.CONVERT_ARGUMENTS)(_trace_commands.convert)
command()(_trace_commands.schema)


@command(argument("folder", type=Path, help="a new folder, or a site that is built anew"))
def site(args: Namespace) -> int:
    """Builds the website of the course into a folder: lessons, gallery, reference, teachers' pages."""
    from labkit.site.build import build

    built = build(args.folder, commands=help_texts())
    print(*built.warnings, sep="\n", end="\n" * bool(built.warnings))
    print(f"{built.files} files, {built.megabytes:.1f} MB, are in {built.folder}.")
    print(f'  Next: python -m http.server --directory "{built.folder.as_posix()}"')
    return 0


@command(argument("--port", type=int, default=0, help="default: a free port"))
def play(args: Namespace) -> int:
    """Opens the playground: a page in which R1-mini thinks in the browser; ends with Ctrl-C."""
    import tempfile
    import webbrowser

    from labkit.site.play import address_of, static_server, write_playground

    with tempfile.TemporaryDirectory(prefix="labkit-play-") as work:
        folder = Path(work) / "play"
        write_playground(folder)
        with static_server(folder, args.port) as server:
            address = f"{address_of(server)}/"
            print(f"The playground is at {address}", "  End it with Ctrl-C.", sep="\n", flush=True)
            webbrowser.open(address)
            server.serve_forever()
    return 0


class _Parser(argparse.ArgumentParser):
    """argparse's parser with suggestions for a mistyped command or action."""

    def error(self, message: str) -> NoReturn:
        depth = len(self.prog.split())  # 1 for "labkit", which a command follows; 2 for "labkit course"
        words = [word for word in sys.argv[1:] if not word.startswith("-")]
        typed = words[depth - 1] if len(words) >= depth else ""
        known = [*(self._subparsers._group_actions[0].choices or ())] if self._subparsers else []
        close = get_close_matches(typed, known, n=1, cutoff=0.5) if typed not in known else []
        advice = f"{self.prog} {close[0]}" if close else f"{self.prog} --help"
        self.exit(2, f"{self.prog}: {message}\n  Next: {advice}\n")


def parser() -> argparse.ArgumentParser:
    """The parser of all registered commands."""
    top = _Parser(prog="labkit", description="Watch an open reasoning model think.")
    top.add_argument("--version", action="version", version=f"labkit {__version__}")
    commands = top.add_subparsers(dest="command", metavar="command", required=True)
    for name, entry in COMMANDS.items():
        text = entry.help.replace("%", "%%")  # argparse formats help with %
        sub = commands.add_parser(name, help=text, description=entry.run.__doc__)
        for add in entry.arguments:
            add(sub)
        sub.set_defaults(run=entry.run)
    return top


def help_texts() -> dict[str, str]:
    """What `labkit COMMAND --help` prints, for each command, without the colours of a terminal."""
    (commands,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return {name: re.sub(r"\x1b\[[0-9;]*m", "", sub.format_help()) for name, sub in commands.choices.items()}


def _print_anything() -> None:
    """Makes output show "?" for a character that its encoding lacks: a Windows code page has 256 characters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    _print_anything()
    args = parser().parse_args(argv)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
        return status
    except LabkitError as error:
        print(error, file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if (reason := not_installed(error)) is error:
            raise
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # `labkit ... | head` closed the pipe; Windows raises EINVAL then
        if not isinstance(error, BrokenPipeError) and not (WINDOWS and error.errno == EINVAL):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
