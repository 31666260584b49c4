"""Reads the first line of a magic: `%%think r1-mini --temperature 0.6 -n 8`.

argparse is not used: it prints its errors, ends the program, and accepts abbreviations, which change their meaning
when an option is added. Here every error is a `LabkitError` with the line to type next.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from labkit._names import nearest
from labkit.errors import BadArgument

NUMBER, INTEGER, TEXT = "a number", "a whole number", "text"
THINKING = "on, off, an effort such as low, or a number of tokens"


def _read_thinking(text: str) -> bool | int | str:
    """A value of `thinking=`.

    >>> [_read_thinking(text) for text in ("off", "True", "512", "low")]
    [False, True, 512, 'low']
    """
    words = {"on": True, "true": True, "off": False, "false": False}
    return words.get(text.lower(), int(text) if text.isdecimal() else text)


_READ: dict[str, Callable[[str], Any]] = {
    NUMBER: float, INTEGER: int, TEXT: str, THINKING: _read_thinking,
}  # fmt: skip


@dataclass(frozen=True)
class Option:
    """An option of a magic, which is always followed by a value.

    Attributes:
        name: as it is typed: `"--top-p"`.
        kind: `NUMBER`, `INTEGER` or `TEXT`.
        example: a valid value.
        help: what it does, in a few words.
        check: raises a `BadArgument` for a value out of range.
        choices: the only values, if there are few.
    """

    name: str
    kind: str
    example: str
    help: str
    check: Callable[[Any], object] | None = None
    choices: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name of the argument in Python: `top_p`."""
        return key_of(self.name)


@dataclass(frozen=True)
class Syntax:
    """What a magic accepts on its first line.

    Attributes:
        magic: the magic with its percent signs.
        operand: the name of its one operand.
        about: what stands below the first line, for the error about a second operand.
        example: a complete call.
        options: its options.
    """

    magic: str
    operand: str
    about: str
    example: str
    options: tuple[Option, ...] = ()

    def option(self, word: str) -> Option | None:
        """The option with this name; hyphens and underscores are the same."""
        return next((o for o in self.options if o.key == key_of(word)), None)


@dataclass
class Line:
    """A first line that has been read: the operand, empty if it is missing, and the values by Python name."""

    operand: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def key_of(word: str) -> str:
    """The Python name of an option.

    >>> key_of("--top-p"), key_of("-n")
    ('top_p', 'n')
    """
    return word.lstrip("-").replace("-", "_")


def is_option(word: str) -> bool:
    """Whether a word is an option, and not an operand.

    >>> is_option("--seed"), is_option("-n"), is_option("-"), is_option("r1-mini")
    (True, True, False, False)
    """
    return word.startswith("-") and key_of(word) != ""


def parse_line(text: str, syntax: Syntax) -> Line:
    """Reads the first line of a magic.

    Raises:
        BadArgument: an open quotation mark, an unknown option, an option twice or without a value, a value of a wrong
            type or out of range, or a second operand.

    >>> line = parse_line("tiny -n=8", Syntax("%%x", "MODEL", "", "%%x", (Option("-n", INTEGER, "4", ""),)))
    >>> line.operand, line.values
    ('tiny', {'n': 8})
    """
    line, words = Line(), split_words(text, syntax)
    while words:
        word = words.pop(0)
        if not is_option(word):
            _add_operand(line, word, syntax)
            continue
        name, equals, value = word.partition("=")
        option = syntax.option(name)
        if option is None:
            raise _unknown(name, syntax)
        if option.key in line.values:
            raise _wrong(f"{option.name} is given twice.", "each option has one value", option, syntax)
        if not equals and not words:
            raise _wrong(f"{option.name} has no value.", f"its value is {option.kind}", option, syntax)
        line.values[option.key] = _value(value if equals else words.pop(0), option, syntax)
    return line


def split_words(text: str, syntax: Syntax) -> list[str]:
    """The words of a line; quotation marks hold a word with blanks together, a backslash is an ordinary character.

    Raises:
        BadArgument: a quotation mark is not closed.
    """
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    try:
        return list(lexer)
    except ValueError:
        raise BadArgument(
            f"The line {syntax.magic} {text.strip()[:60]} has a quotation mark that is not closed.",
            why="a word with blanks stands between two quotation marks.",
            next=syntax.example,
        ) from None


def _add_operand(line: Line, word: str, syntax: Syntax) -> None:
    name, equals, value = word.partition("=")
    near = nearest(key_of(name), [o.key for o in syntax.options]) if equals else None
    option = syntax.option(near) if near else None
    if option is not None:
        raise BadArgument(
            f"{syntax.magic} does not read {word!r}.",
            why="the options of a magic begin with a hyphen.",
            next=f"{syntax.magic} {option.name} {value or option.example}",
        )
    if not syntax.operand:
        raise BadArgument(f"{syntax.magic} does not read {word!r}.", why=syntax.about, next=syntax.example)
    if line.operand:
        raise BadArgument(
            f"{syntax.magic} takes one {syntax.operand}, and the line has {line.operand!r} and {word!r}.",
            why=syntax.about,
            next=syntax.example,
        )
    line.operand = word


def _value(text: str, option: Option, syntax: Syntax) -> Any:
    try:
        value = _READ[option.kind](text)
        if option.choices and value not in option.choices:
            raise ValueError
    except ValueError:
        kind = " or ".join(option.choices) or option.kind
        raise _wrong(
            f"{option.name} {text[:40]!r} is not possible.", f"it is {kind}", option, syntax
        ) from None
    if option.check is not None:
        try:
            option.check(value)
        except BadArgument as error:  # the advice of the model's method is in Python; here it is a magic
            raise _wrong(error.what, error.why.rstrip("."), option, syntax) from None
    return value


def _wrong(what: str, why: str, option: Option, syntax: Syntax) -> BadArgument:
    return BadArgument(what, why=f"{why}.", next=f"{_first_words(syntax)} {option.name} {option.example}")


def _first_words(syntax: Syntax) -> str:
    """The magic, with its operand if it cannot do without."""
    return syntax.example if syntax.operand == "NAME" else syntax.magic


def _unknown(name: str, syntax: Syntax) -> BadArgument:
    near = nearest(key_of(name), [o.key for o in syntax.options])
    option = syntax.option(near) if near else None
    return BadArgument(
        f"{syntax.magic} has no option {name}.",
        why=f"the option that is most like it is {option.name}."
        if option
        else f"its options are {', '.join(o.name for o in syntax.options)}."
        if syntax.options
        else "it has no options.",
        next=f"{_first_words(syntax)} {option.name} {option.example}" if option else f"{syntax.magic}?",
    )


def usage(syntax: Syntax, options: Sequence[Option] | None = None) -> str:
    """The options, a line each, for a help text."""
    shown = syntax.options if options is None else options
    width = max((len(f"{o.name} {o.example}") for o in shown), default=0)
    return "\n".join(f"    {f'{o.name} {o.example}':<{width}}  {o.help}" for o in shown)
