"""The magics of `%load_ext labkit`: `%%think`, `%%reward` and `%labkit`.

The variable `model` is the model of the magics: they use it if it holds a model of labkit, and assign it when they
load one, so that `del model` frees its memory. A variable `model` with another kind of value is never replaced; then
the model is an attribute of `Magics`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

from labkit._host.notebook import VIEW_MIME, in_notebook, warn
from labkit._names import nearest
from labkit._printable import printable
from labkit.errors import BadArgument
from labkit.jupyter import magic_completion
from labkit.jupyter.magic_options import parse_line, split_words, usage
from labkit.jupyter.magic_syntax import LABKIT, PROMPT, REWARD, SUBJECTS, THINK
from labkit.jupyter.reward_cell import check_name, judge, rule_of_cell

if TYPE_CHECKING:
    from labkit.models import LanguageModel
    from labkit.traces import Trace, TraceGroup

_BRACES = re.compile(r"\{([A-Za-z_]\w*)\}")
KIND = {"think": "cell", "reward": "cell", "labkit": "line"}  # magic -> how it is called


class Magics:
    """The magics of one IPython shell.

    Attributes:
        shell: the shell.
        spare: the loaded model while the variable `model` has another kind of value; otherwise None.
        named: the model that a magic loaded last, and its name.
        group: the name of the variable with the last group.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.spare: LanguageModel | None = None
        self.named: tuple[Callable[[], LanguageModel | None], str] = (lambda: None, "")
        self.group = "group"

    def think(self, line: str, cell: str) -> Trace | TraceGroup | None:
        """`%%think`; its help is set below."""
        line_read = parse_line(line, THINK)
        values = dict(line_read.values)
        n, name = values.pop("n", None), values.pop("name", None)
        if n is not None and "capture" in values:
            raise BadArgument(
                "%%think cannot capture a group of rollouts.",
                why="queries and keys are captured of one thought at a time.",
                next="%%think --capture qk",
            )
        if name is not None:
            check_name(name, self.shell.user_ns, "%%think --name first")
        prompt = self._prompt(cell)
        model = self._model(line_read.operand)
        if n is not None:
            self.group = name or "group"
            group = self.shell.user_ns[self.group] = model.sample(prompt, n=n, **values)
            return group
        trace = self.shell.user_ns[name or "trace"] = model.think(prompt, **values)
        if not in_notebook():  # a terminal has no view
            print(printable(trace.text))
        return None

    def reward(self, line: str, cell: str) -> Any:
        """`%%reward`; its help is set below."""
        line_read = parse_line(line, REWARD)
        if not line_read.operand:
            raise BadArgument("%%reward needs a name.", why=REWARD.about, next=REWARD.example)
        variable = line_read.values.get("group", self.group)
        group = self._group(variable, required="group" in line_read.values)
        rule = rule_of_cell(line_read.operand, cell, self.shell)
        if group is None:
            print(f"The rule {rule.name} is ready. A group of rollouts shows its rewards: %%think -n 8")
            return None
        judge(rule, group, variable)
        from labkit.views import RewardView

        return RewardView(group, rules=rule)

    def labkit(self, line: str) -> Any:
        """`%labkit`; its help is set below."""
        words = split_words(line, LABKIT)
        subject, operands = (words[0], words[1:]) if words else ("help", [])
        if subject not in SUBJECTS:
            near = nearest(subject, SUBJECTS)
            why = f"the word that is most like it is {near}." if near else f"it has {', '.join(SUBJECTS)}."
            raise BadArgument(f"%labkit has no {subject[:40]!r}.", why=why, next=f"%labkit {near or 'help'}")
        if len(operands) > (subject == "model"):
            raise BadArgument(
                f"%labkit {subject} does not read {operands[-1][:40]!r}.",
                why="it takes the name of one model." if subject == "model" else "it takes nothing more.",
                next=f"%labkit {subject}",
            )
        return getattr(self, f"_show_{subject}")(*operands)

    # -- %labkit -----------------------------------------------------------------------------------

    def _show_help(self) -> None:
        width = max(map(len, SUBJECTS))
        for magic, about in (("%%think", "a thought"), ("%%reward", "a rule")):
            print(f"{magic:<{width + 8}}  {about} from a cell; {magic}? has its options and an example")
        for subject, about in SUBJECTS.items():
            print(f"%labkit {subject:<{width}}  {about}")

    def _show_model(self, name: str = "") -> None:
        model = self._model(name) if name else self._current()
        print(printable(repr(model)) if model else "No model is loaded yet. Next: %labkit model r1-mini")

    def _show_models(self) -> Any:
        from labkit.views.catalog.view import catalog

        view = catalog()
        if in_notebook():
            return view
        return print(view.as_table())

    def _show_traces(self) -> None:
        from labkit.traces import Trace, TraceGroup

        rows: list[tuple[str, ...]] = []
        for name, value in self.shell.user_ns.items():
            if name.startswith("_"):  # the history of IPython
                continue
            if isinstance(value, Trace):
                rows.append((name, value.model, f"{len(value)} tokens", value.finish, value.prompt))
            elif isinstance(value, TraceGroup) and len(value):
                ends = sum(trace.finish == "stop" for trace in value)
                rows.append((name, value[0].model, f"{len(value)} rollouts", f"{ends} stop", value.prompt))
        if not rows:
            print("No variable holds a thought yet. Next: %%think")
        widths = [max(len(row[column]) for row in rows) for column in range(4)] if rows else []
        for *cells, prompt in rows:
            start = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
            print(printable(f"{start}  {_shorten(prompt)}"))

    def _show_memory(self) -> None:
        import os

        from labkit._host.memory import memory
        from labkit._host.process_memory import resident_bytes

        used, now = resident_bytes(os.getpid()), memory()
        lines = [
            f"This kernel holds {used / 1e6:,.0f} MB." if used else "The memory of this kernel is unknown."
        ]
        if now is not None:
            lines.append(
                f"The {now.source} has {now.available / 1e6:,.0f} MB left of {now.limit / 1e6:,.0f} MB."
            )
        _print_changing("\n".join(lines), "memory of this kernel")

    def _show_doctor(self) -> None:
        from labkit import _doctor

        _print_changing(_doctor.as_text(_doctor.examine()), "report of labkit doctor")

    # -- the model, the prompt, the group ----------------------------------------------------------

    def _current(self) -> LanguageModel | None:
        """The model of the namespace, otherwise the spare one."""
        model = self.shell.user_ns.get("model")
        return model if _is_model(model) else self.spare

    def _model(self, name: str) -> LanguageModel:
        """The current model if no name is given or a magic loaded it by this name; otherwise the named one, loaded.

        A model of the same name that the user loaded, or trained, may have other weights: it is not taken by name.
        """
        from labkit.models import load as load_model

        current, (loaded, loaded_name) = self._current(), self.named
        if current is not None and (not name or (loaded() is current and loaded_name == _full_name(name))):
            return current

        model = load_model(name or "r1-mini")
        self.named = (ref(model), _full_name(name or "r1-mini"))
        space = self.shell.user_ns
        free = "model" not in space or _is_model(space["model"])
        self.spare = None if free else model
        if free:
            space["model"] = model
        return model

    def _prompt(self, cell: str) -> str:
        prompt = cell.strip()
        if not prompt:
            raise BadArgument("%%think has no prompt.", why=THINK.about, next=THINK.example)
        names = [name for name in _BRACES.findall(prompt) if name in self.shell.user_ns]
        if names:
            warn(
                f"The model reads {{{names[0]}}} as it stands: %%think puts no variable into the prompt. "
                f'Next: trace = model.think(f"... {{{names[0]}}} ...")',
                stacklevel=3,
            )
        return prompt

    def _group(self, name: str, *, required: bool) -> TraceGroup | None:
        from labkit.traces import TraceGroup

        value = self.shell.user_ns.get(name)
        if isinstance(value, TraceGroup) and len(value):
            return value
        if not required:
            return None
        raise BadArgument(
            f"No variable {name[:40]!r} holds a group of rollouts.",
            why="a rule is shown on a group, which %%think makes with -n.",
            next=f"%%think -n 8\n{PROMPT}",
        )


# `%%think?` shows these texts.
Magics.think.__doc__ = f"""Lets a model think: the lines below the first one are the prompt.

    {THINK.example.replace(chr(10), chr(10) + "    ")}

    The thought streams into the cell, Stop and Interrupt end it, and the variable trace holds it. With -n 8 the
    model thinks eight times, and the variable group holds the rollouts.

    MODEL is a name for labkit.load; %labkit models lists them. It stays loaded, as the variable model, and the next
    %%think without a name uses that variable. Without either, R1-mini thinks.

{usage(THINK)}

    The prompt is sent as it stands. {{name}} and $name are not replaced by a variable, and a warning says so where
    such a variable exists: write model.think(f"Make {{target}}.") for that.
    """
Magics.reward.__doc__ = f"""Defines a rule, and shows what it gives the rollouts of the last group.

    {REWARD.example.replace(chr(10), chr(10) + "    ")}

    The cell is the body of a function of text (the completion), parts (parts.thinking and parts.answer are the spans
    of the thought and of the answer) and columns (those of the problem). It yields a value, the span (start, end) of
    text that earned it, and one sentence why; or it returns a number. A complete function works as well:

    %%reward short
    def short(text, *, target):
        return float(str(target) in text)

    The variable short is then a labkit.rewards.Rule, for labkit.RewardView(group, rules=[short]) and for training.

{usage(REWARD)}
    """
Magics.labkit.__doc__ = "What labkit has in this kernel.\n\n" + "\n".join(
    f"    %labkit {subject:<8}  {about}" for subject, about in SUBJECTS.items()
)


def load(shell: Any) -> None:
    """Registers the magics and their completion with an IPython shell; loads no model."""
    from IPython.core.magic import no_var_expand

    magics = Magics(shell)
    for name, kind in KIND.items():
        no_var_expand(getattr(Magics, name))  # the line is not evaluated: {x} and $x stay
        shell.register_magic_function(getattr(magics, name), magic_kind=kind, magic_name=name)
    magic_completion.install(shell)


def unload(shell: Any) -> None:
    """Removes the magics and their completion; variables and models stay."""
    for name, kind in KIND.items():
        shell.magics_manager.magics[kind].pop(name, None)
    magic_completion.remove(shell)


def _is_model(value: object) -> bool:
    """Whether a value is a model of labkit, without importing the modules of models."""
    return any(base.__name__ == "LanguageModel" for base in type(value).__mro__)


def _full_name(name: str) -> str:
    """The catalog's name of a model, so that a hub id and capitals make no difference; another name as it is."""
    from labkit.models import catalog

    entry = catalog.find(name)
    return entry.name if entry else name


def _shorten(text: str, limit: int = 40) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _print_changing(text: str, title: str) -> None:
    """Prints a text that changes from run to run; a notebook saves it so that nbval compares only the title."""
    if not in_notebook():
        print(text)
        return
    from html import escape

    from IPython.display import display

    page = f"<pre>{escape(printable(text))}</pre>"
    display({"text/html": page, "text/plain": title, VIEW_MIME: {"version": 1}}, raw=True)  # type: ignore[no-untyped-call]
