"""The actions of `labkit course`: each is one function that parses, calls the library once, and prints."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.errors import BadArgument

if TYPE_CHECKING:
    from labkit.course.lesson import Lesson

Run = Callable[[Namespace], int]
Argument = Callable[[argparse.ArgumentParser], Any]


@dataclass(frozen=True)
class Action:
    """An action's function and its arguments."""

    run: Run
    arguments: tuple[Argument, ...]


ACTIONS: dict[str, Action] = {}


def argument(*names: str, **options: Any) -> Argument:
    """An argument of an action; parameters as in argparse's `add_argument`."""
    return lambda parser: parser.add_argument(*names, **options)


def action(*arguments: Argument) -> Callable[[Run], Run]:
    """Registers a function as an action; the first line of its docstring is its help."""

    def register(run: Run) -> Run:
        ACTIONS[run.__name__.strip("_")] = Action(run, arguments)
        return run

    return register


def add_actions(course: argparse.ArgumentParser) -> None:
    """Adds every action to the parser of `labkit course`."""
    parsers = course.add_subparsers(dest="action", metavar="action", required=True)
    for name, entry in ACTIONS.items():
        documented = entry.run.__doc__ or ""
        text = documented.partition("\n")[0].rstrip(".").replace("%", "%%")
        parser = parsers.add_parser(name, help=text, description=documented)
        for add in entry.arguments:
            add(parser)


@action(argument("folder", type=Path, help="a new one, or one that holds no lesson"))
def start(args: Namespace) -> int:
    """Copies the lessons into a folder."""
    from labkit.course import lessons

    copies = [path for path in lessons.start(args.folder) if path.name != lessons.GLOSSARY]
    print(f"{len(copies)} lessons are in {args.folder}.")
    print(f'  Next: jupyter lab "{args.folder.as_posix()}"')
    return 0


@action(argument("lesson", help="its number, its name or the path of your copy"))
def reset(args: Namespace) -> int:
    """Puts a fresh copy of a lesson beside yours."""
    from labkit.course import lessons

    print(lessons.reset(args.lesson))
    return 0


@action(argument("notebook", type=Path, help="the lesson's file; it is written in place"))
def clean(args: Namespace) -> int:
    """Removes what a committed lesson must not hold."""
    from labkit.course.clean import clean

    cleaned = clean(args.notebook)
    for problem in cleaned.removed:
        print(f"removed: {problem}")
    for problem in cleaned.remaining:
        print(f"remains: {problem}")
    print(f"{args.notebook} {'must be mended by hand' if cleaned.remaining else 'can be committed'}.")
    return 1 if cleaned.remaining else 0


_FROM = argument(
    "--from",
    dest="lessons",
    type=Path,
    metavar="LESSONS",
    help="a folder of lessons (default: those that ship)",
)
_ZIP = argument(
    "--zip", action="store_true", help="write one zip file, FOLDER.zip, that is the same each time"
)


@action(argument("folder", type=Path, help="must not exist yet"), _FROM, _ZIP)
def student(args: Namespace) -> int:
    """Writes the lessons for students: without solutions."""
    from labkit.course import builds

    print(builds.student(args.folder, lessons=args.lessons, zipped=args.zip))
    return 0


@action(argument("folder", type=Path, help="must not exist yet"), _FROM, _ZIP)
def instructor(args: Namespace) -> int:
    """Writes the lessons for the instructor: with solutions, minutes, talking points and common wrong answers."""
    from labkit.course import builds

    print(builds.instructor(args.folder, lessons=args.lessons, zipped=args.zip))
    return 0


@action(
    argument("system", choices=["nbgrader", "otter"]),
    argument("folder", type=Path, help="must not exist yet"),
    _FROM,
    _ZIP,
)
def export(args: Namespace) -> int:
    """Writes the lessons as assignments of nbgrader or Otter, whose tools hand them out and grade them."""
    from labkit.course import exports

    write = {"nbgrader": exports.nbgrader, "otter": exports.otter}[args.system]
    print(write(args.folder, lessons=args.lessons, zipped=args.zip))
    return 0


_LESSONS = argument("lesson", nargs="*", help="a number, a name or a file (default: all lessons)")


@action(argument("folder", type=Path, help="must not exist yet"), _LESSONS, _ZIP)
def slides(args: Namespace) -> int:
    """Writes the lessons as slides for a browser, with all that they need beside them."""
    from labkit.course.slides.export import slides

    print(slides(args.folder, chosen=_lessons(args.lesson), zipped=args.zip))
    print("  Next: open index.html in it; S opens the speaker's notes")
    return 0


@action()
def progress(args: Namespace) -> int:
    """Prints what you have done: exercises and predictions of each lesson; nothing is sent."""
    from labkit.course.progress_table import table

    print(table())
    return 0


@action(
    _LESSONS,
    argument(
        "--run", dest="measure", action="store_true", help="run each lesson and measure its seconds, too"
    ),
    argument("--write", action="store_true", help="write the minutes into the head of each lesson"),
)
def minutes(args: Namespace) -> int:
    """Prints the minutes, code cells and idea of each lesson, and what is above the limits."""
    from math import ceil

    from labkit.course import lesson, minutes, running, teaching

    lessons = _lessons(args.lesson)
    for each in lessons:
        if args.measure:
            notebook, seconds = running.run(each)
            print(
                *running.errors(notebook), f"{each.path.name} ran in {seconds:.1f} s.", sep="\n", flush=True
            )
            each.notebook.metadata["labkit"] = {**each.metadata, "run_seconds": ceil(seconds)}
        if args.write:
            minutes.rewrite_head(each)
            lesson.write(each)
    if args.write and not args.lesson:
        teaching.write(lessons)
    print(minutes.table(lessons))
    problems = [f"{each.slug}: {problem}" for each in lessons for problem in minutes.problems(each)]
    print(*problems, sep="\n")
    return 1 if problems else 0


@action(
    argument("slug", nargs="*", help="the slugs of all lessons in their new order (default: as they are)"),
    argument("--insert", nargs=2, metavar=("NUMBER", "LESSON"), help="give this lesson that number"),
    argument("--folder", type=Path, help="the folder of the lessons (default: those that ship)"),
)
def renumber(args: Namespace) -> int:
    """Numbers the lessons without gaps: file names, headings, and each link to them."""
    from labkit._host.shipped import lessons_path
    from labkit.course.renumber import renumber

    insert = (_whole_number(args.insert[0]), args.insert[1]) if args.insert else None
    for old, new in renumber(args.folder or lessons_path(), args.slug, insert=insert).items():
        print(new if old == new else f"{new}  was {old}")
    return 0


@action(
    argument("title", help='such as "Which trick matters?"'),
    argument("--slug", help="what ids of exercises begin with (default: made of the title)"),
    argument("--folder", type=Path, help="where it goes (default: the lessons of a clone, else this folder)"),
)
def new(args: Namespace) -> int:
    """Writes a new lesson that passes the tests of lessons, for you to fill."""
    from labkit.course import skeleton

    files = skeleton.new(args.title, folder=args.folder, slug=args.slug)
    print(*(path for path in (files.notebook, files.exercises, files.claims) if path), sep="\n")
    print(f'  Next: jupyter lab "{files.notebook.as_posix()}"')
    return 0


@action(argument("notebook", nargs="+", type=Path, help="files, or folders of notebooks"))
def check(args: Namespace) -> int:
    """Says in plain language what is wrong with a changed notebook; changes nothing."""
    from labkit.course import lesson, review

    any_problem = False
    for path in review.files(args.notebook):
        notebook = lesson.read(path)
        problems = review.review(notebook)
        numbers = review.numbers_without_output(notebook)
        any_problem |= bool(problems)
        print(f"{path}: {len(problems) or 'no'} {'problem' if len(problems) == 1 else 'problems'}.")
        print(*(f"  {problem}\n" for problem in problems), sep="", end="")
        if numbers:
            print("  Look at these numbers, which no output, code or cited fact of their section has:")
            print(*(f"    {number}\n" for number in numbers), sep="", end="")
    return 1 if any_problem else 0


@action(argument("--folder", type=Path, help="the folder of the lessons (default: those that ship)"))
def glossary(args: Namespace) -> int:
    """Writes the glossary, and links the first use of each term in each lesson."""
    from labkit._host.shipped import lessons_path
    from labkit.course import glossary

    for path in glossary.write(args.folder or lessons_path()):
        print(path)
    return 0


@action(
    argument("folder", type=Path, help="must not exist yet"),
    argument("--systems", nargs="+", default=[], metavar="NAME", help="linux, linux-arm, macos, windows (this one)"),
    argument("--pythons", nargs="+", default=[], metavar="VERSION", help="as 3.12 3.13 (the one that runs)"),
    argument("--model", dest="models", action="append", default=[], metavar="NAME",
             help="a name for labkit fetch, or a folder with a checkpoint; may be repeated"),
    argument("--wheel", type=Path, help="labkit's own wheel (default: built from this clone)"),
    argument("--torch-index", metavar="ADDRESS", help="an index with builds of torch without CUDA, for Linux"),
)  # fmt: skip
def pack(args: Namespace) -> int:
    """Collects lessons, wheels and models in a folder from which a class installs without a network."""
    from labkit.course.pack import pack

    place = pack(args.folder, systems=args.systems, pythons=args.pythons, models=args.models, wheel=args.wheel,
                 torch_index=args.torch_index)  # fmt: skip
    files = [path for path in place.rglob("*") if path.is_file()]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.0f} MB, are in {place}.")
    print(f"  Next: read {(place / 'INSTALL.md').as_posix()}")
    return 0


def _whole_number(typed: str) -> int:
    if not typed.isdecimal():
        raise BadArgument(f"{typed!r} is not a number.", why="a lesson's number is 1, 2, 3, ...",
                          next="labkit course renumber --insert 9 my-lesson")  # fmt: skip
    return int(typed)


def _lessons(typed: list[str]) -> list[Lesson]:
    """The lessons that were typed: files, or names of shipped lessons; all shipped lessons if nothing was typed."""
    from labkit._host.shipped import lessons_path
    from labkit.course import lesson, lessons

    if not typed:
        return lesson.read_all(lessons_path())
    places = (Path(name) for name in typed)
    return [lesson.read(p if p.is_file() else lessons_path() / lessons.find(p.name)) for p in places]
