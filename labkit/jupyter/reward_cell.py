"""Makes a rule of the code in a `%%reward` cell, and judges a group with it.

The code is the user's own cell, and IPython runs it in the user's namespace as it runs every cell. The texts of the
model are only arguments of the rule and are never run.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import keyword
import math
from collections.abc import Iterator, Sequence
from numbers import Real
from types import FunctionType, TracebackType
from typing import TYPE_CHECKING, Any

from labkit.errors import BadArgument, LabkitError

if TYPE_CHECKING:
    from labkit.rewards import Part, Rule
    from labkit.traces import TraceGroup

EXAMPLE = 'yield float(len(text) < 400), (0, len(text)), f"{len(text)} characters."'
FIRST_LINE = "def {}(text, *, parts, columns): pass"  # of a cell that holds only the body
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


def check_name(name: str, namespace: dict[str, Any], magic: str, *kinds: type) -> None:
    """Checks the name of the variable that a magic assigns.

    Args:
        name: the name.
        namespace: the user's variables.
        magic: a call with a valid name, for the error.
        kinds: the types of value that may be replaced; without any, every value may be.

    Raises:
        BadArgument: it cannot be the name of a variable, or the variable has a value of another type.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        why = "a name has letters, digits and underscores, and is not a word of Python's."
        raise BadArgument(f"{name[:40]!r} cannot be the name of a variable.", why=why, next=magic)
    if kinds and (hasattr(builtins, name) or not isinstance(namespace.get(name), (*kinds, type(None)))):
        why = "the rule would replace it."
        raise BadArgument(f"The name {name} is already in use for something else.", why=why, next=magic)


def rule_of_cell(name: str, cell: str, shell: Any) -> Rule:
    """The rule that a cell defines; it is also assigned to its name in the user's namespace.

    Args:
        name: the name of the rule.
        cell: the body of a function of `text`, `parts` and `columns`, or a complete function of this name.
        shell: the IPython shell.

    Raises:
        LabkitError: the code has an error of syntax, gives no value, or does not define a function that can be a rule.
    """
    from labkit.rewards import Rule

    check_name(name, shell.user_ns, f"%%reward my_{name}" if name.isidentifier() else "%%reward short", Rule,
               FunctionType)  # fmt: skip
    tree = _parse(name, cell)
    complete = any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)
    if not complete:
        tree = _with_first_line(name, tree)
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    _check_values(name, function)
    # The cell begins with the line of the magic: an empty line in its place keeps the numbers of lines.
    file = shell.compile.cache(f"\n{cell}", shell.execution_count, raw_code=f"\n{cell}")
    try:
        shell.ex(shell.compile(tree, file, "exec"))
    except LabkitError:
        raise
    except Exception as error:
        raise _stopped(name, error, file, f"%%reward {name}") from None
    rule = _as_rule(name, shell.user_ns[name])
    shell.user_ns[name] = rule
    return rule


def judge(rule: Rule, group: TraceGroup, variable: str) -> None:
    """Judges each rollout of a group once, so that an error in the rule becomes a sentence before a view opens.

    Args:
        rule: the rule.
        group: the rollouts.
        variable: the name of the group in the user's namespace, for the error.

    Raises:
        LabkitError: the rule stops with an error, or gives something that is not a finding.
    """
    from labkit.rewards import breakdown

    for row, trace in enumerate(group):
        call = f"labkit.rewards.breakdown({variable}[{row}], rules={rule.name})"
        try:
            for part in breakdown(trace, rules=rule):
                _check_part(part, len(trace.text), call)
        except LabkitError:
            raise
        except Exception as error:
            raise _stopped(rule.name, error, rule.score_fn.__code__.co_filename, call) from None


def _parse(name: str, cell: str) -> ast.Module:
    try:
        return ast.parse(f"\n{cell}")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        place = f"Line {line} of the cell" if line else "The cell"
        raise BadArgument(
            f"{place} is not Python: {getattr(error, 'msg', None) or error}.",
            why="the cell is the body of a function of text, or a complete function.",
            next=f"%%reward {name}\n{EXAMPLE}",
        ) from None


def _with_first_line(name: str, tree: ast.Module) -> ast.Module:
    """The module that defines the function whose body is the cell."""
    others = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    if others and not any(_values(tree)):
        raise BadArgument(
            f"The cell defines {others[-1]}, and the rule is called {name}.",
            why="a complete function has the name of the rule, and is a plain def.",
            next=f"%%reward {others[-1]}" if others[-1] != name else f"def {name}(text):",
        )
    shell = ast.parse(FIRST_LINE.format(name))
    (function,) = shell.body
    assert isinstance(function, ast.FunctionDef)
    function.body = tree.body or function.body
    return shell


def _check_values(name: str, function: ast.FunctionDef) -> None:
    """Refuses a function without a value, and one whose `return` is lost because it also yields."""
    values = list(_values(function))
    yields = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in values)
    lost = next((node for node in values if isinstance(node, ast.Return)), None)
    if not values:
        raise BadArgument(
            f"The rule {name} gives no value.",
            why="a rule returns a number, or yields a value, the span of text that earned it, and the reason.",
            next=f"%%reward {name}\n{EXAMPLE}",
        )
    if yields and lost is not None and lost.value is not None:
        value = ast.unparse(lost.value)
        reason = "" if isinstance(lost.value, ast.Tuple) else ', (0, len(text)), "The reason."'
        raise BadArgument(
            f"In line {lost.lineno} of the cell, return {value} is lost.",
            why="in a function that yields, Python ignores the value of return.",
            next=f"yield {value}{reason}; return",
        )


def _values(tree: ast.AST) -> Iterator[ast.AST]:
    """Each `yield` and each `return` with a value, without those of inner functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Yield | ast.YieldFrom) or (isinstance(node, ast.Return) and node.value):
            yield node
        if not isinstance(node, _Scope):
            yield from _values(node)


def _as_rule(name: str, value: Any) -> Rule:
    """A function as a rule; a rule, which a decorator has made, stays as it is."""
    from labkit.rewards import Rule
    from labkit.rewards.functions import rules_of

    if isinstance(value, Rule):
        return value
    parameters = list(inspect.signature(value).parameters.values())
    if parameters and parameters[0].name == "completions":  # a reward function of TRL
        return rules_of(value)[0]
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(positional) != 1:
        columns = ", ".join(str(p).partition(":")[0] for p in positional[1:])
        raise BadArgument(
            f"The rule {name} takes {inspect.signature(value)}.",
            why="a rule takes the text; columns of the problem stand behind a star.",
            next=f"def {name}(text, *, {columns}):" if columns else f"def {name}(text):",
        )
    return Rule(value)


def _check_part(part: Part, length: int, call: str) -> None:
    """Refuses a part that no view can show."""
    value: Any = part.value  # a user's function may give anything
    span: Any = part.span
    reason: Any = part.why
    if value is not None and not (isinstance(value, Real) and math.isfinite(value)):
        problem = f"the value {value!r:.40} is not a finite number"
    elif not (isinstance(span, Sequence) and len(span) == 2 and all(_is_index(i) for i in span)):
        problem = f"the span {span!r:.40} is not (start, end), two whole numbers"
    elif not 0 <= span[0] <= span[1] <= length:
        problem = f"the span {tuple(span)} is not inside the {length:,} characters of the text"
    elif not isinstance(reason, str):
        problem = f"the reason {reason!r:.40} is not text"
    else:
        return
    raise BadArgument(
        f"The rule {part.rule} gave a wrong finding: {problem}.",
        why="a rule yields (value, (start, end), 'One sentence.').",
        next=call,
    )


def _is_index(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _stopped(name: str, error: Exception, file: str, call: str) -> BadArgument:
    line = _line_in(error.__traceback__, file)
    place = f" in line {line} of the cell" if line else ""
    return BadArgument(
        f"The rule {name} stopped{place} with {type(error).__name__}: {str(error)[:160]}.",
        why="its code has to judge every text, also one that is empty or was cut off.",
        next=call,
    )


def _line_in(frames: TracebackType | None, file: str) -> int | None:
    """The innermost line of a file in a traceback."""
    line = None
    while frames is not None:
        if frames.tb_frame.f_code.co_filename == file:
            line = frames.tb_lineno
        frames = frames.tb_next
    return line
