"""`ForkView`: change a token or a step of a thought, let the model continue, and see the outcomes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument, LabkitError
from labkit.traces import Trace, blocks
from labkit.views.core.contract import Wire
from labkit.views.core.packing import key_of
from labkit.views.core.view import STATIC, View
from labkit.views.core.wording import prompt_shown
from labkit.views.fork import contract as wire
from labkit.views.fork import html as fork_html
from labkit.views.fork import png as fork_still
from labkit.views.fork import wording as words

if TYPE_CHECKING:
    from labkit.inside import Fork, Importances
    from labkit.inside.forks.job import Job
    from labkit.models import LanguageModel

ASKS: TypeAdapter[Any] = TypeAdapter(wire.Ask)


class ForkView(View):
    """An editable thought: choose a token or a step, replace it, and sample continuations.

    Each fork stays in the list, with the share of right answers and its 95 % interval; click a fork for the
    tree of its outcomes, a rollout for its text, "Show me the code" for the call that reproduces it.
    `view.forks` and `view.importances` hold the results.

    Args:
        trace: the result of `model.think(...)`.
        model: the model that continues; by default the model that wrote the thought.
        forks: existing forks of this trace.

    Raises:
        LabkitError: `trace` is not a trace, or a fork belongs to another thought.

    Source of the importances: Bogdan et al. 2025, Thought Anchors, arXiv 2506.19143.
    """

    bundle = STATIC / "fork_view.js"
    looks_at = wire.Focus
    next_focus = 'view.focus = {**view.focus, "token": 0}'

    @checks_arguments
    def __init__(
        self, trace: Trace, model: LanguageModel | None = None, *, forks: Sequence[Fork] = ()
    ) -> None:
        check(trace, forks)
        self._lock = threading.RLock()
        self._trace, self._given = trace, model
        self._model = model or trace.language_model
        self._forks: list[Fork] = list(forks)
        self._importances: Importances | None = None
        self._weighed = ""
        self._job: Job | None = None
        self._pace = pace_of(trace)
        super().__init__(
            scene=self._scene(),
            focus=wire.Focus(fork=len(self._forks) - 1 if self._forks else None).model_dump(),
        )

    @property
    def trace(self) -> Trace:
        """The trunk."""
        return self._trace

    @property
    def forks(self) -> list[Fork]:
        """All forks of the list, in order."""
        return list(self._forks)

    @property
    def importances(self) -> Importances | None:
        """The importances of the steps that were computed."""
        return self._importances

    # -- from Python -----------------------------------------------------------------------------

    def fork(self, at: int | None = None, **arguments: Any) -> Fork:
        """Calls `labkit.inside.fork(trace, at, ...)` and adds the fork to the list."""
        from labkit.inside import fork

        made = fork(self._trace, at, model=self._model, **arguments)
        self._add(made)
        return made

    def importance(self, steps: int | Sequence[int] | None = None, **arguments: Any) -> Importances:
        """Calls `labkit.inside.step_importance(trace, steps, ...)` and shows bars beside the steps."""
        from labkit.inside import step_importance

        self._importances = step_importance(self._trace, steps, model=self._model, **arguments)
        told = [] if steps is None else [repr(steps if isinstance(steps, int) else list(steps))]
        told += [f"{name}={value!r}" for name, value in arguments.items() if name != "differ"]
        self._weighed = words.importance_code(told, self._given is not None)
        self.scene = self._scene()
        return self._importances

    # -- requests from the browser ---------------------------------------------------------------

    def answer(self, ask: dict[str, Any]) -> tuple[Wire, bytes]:
        """Answers an `Ask` at once; long work runs in the generation thread."""
        match ASKS.validate_python(ask):
            case wire.RowsAsk(first=first, last=last):
                return wire.Rows(rows=words.rows_of(self._trace, first, last)), b""
            case wire.ChoicesAsk(token=token):
                return words.choices_of(self._trace, token), b""
            case wire.SampleAsk() as sample:
                return self._sample(sample), b""
            case wire.WeighAsk(n=n):
                return self._weigh(n), b""
            case wire.TreeAsk(fork=number):
                return words.tree_of(self._numbered(number), number, "model" if self._given else ""), b""
            case wire.TextAsk(fork=number, rollout=rollout):
                return self._text(number, rollout), b""
        with self._lock:
            if self._job is not None:
                self._job.stop.set()
        return wire.Heard(), b""

    def _numbered(self, number: int) -> Fork:
        if number < len(self._forks):
            return self._forks[number]
        raise BadArgument(f"There is no fork {words.letter(number)}.", why=f"the list has {len(self._forks)}.",
                          next="view.fork(at=0)")  # fmt: skip

    def _text(self, number: int, rollout: int) -> wire.Text:
        fork = self._numbered(number)
        if rollout >= len(fork.rollouts):
            raise BadArgument(
                f"Fork {words.letter(number)} has no rollout {rollout}.",
                why=f"it has {len(fork.rollouts)}, counted from 0.",
                next=f"view.forks[{number}].rollouts[0]",
            )
        return words.text_of(fork, rollout)

    # -- background sampling -----------------------------------------------------------------------

    def _sample(self, ask: wire.SampleAsk) -> wire.Heard:
        from labkit.inside.forks.fork import made, place_of
        from labkit.inside.forks.plan import plan, put_of

        model = self._thinker()
        place, step = place_of(self._trace, ask.at, ask.step)
        put = put_of(model, ask.put if ask.put is not None else ask.text, step, self._trace)
        batch = plan(model, self._trace, place, put, ask.n, ask.temperature, 0.95, None, ask.seed)

        def done(job: Job) -> None:
            self._add(made(batch, job.groups()[0], step))

        where = f"from step {step.number}" if step else f"at {place}"
        return self._begin(f"{ask.n} rollouts {where}", [batch], done)

    def _weigh(self, n: int) -> wire.Heard:
        from labkit.inside.causal import importance

        model = self._thinker()
        steps, names = self._trace.steps, importance.NAMES
        batches = importance.batches_of(model, self._trace, steps, names, n, 0, 0.6, 0.95)

        def done(job: Job) -> None:
            sampled = dict(zip(batches, job.groups(), strict=True))
            found = importance.weighed(self._trace, steps, names, sampled, importance.different)
            self._importances = importance.Importances(found)
            self._weighed = words.importance_code([f"n={n}"], self._given is not None)

        return self._begin(f"{len(steps)} steps, {n} rollouts each way", list(batches.values()), done)

    def _begin(self, what: str, batches: list[Any], done: Any) -> wire.Heard:
        from labkit.inside.forks.job import Job

        def tell(job: Job) -> None:
            if job.over:
                with self._lock:
                    self._job = None
                if job.steps > 20:
                    self._pace = job.seconds / job.steps
                if job.error is None:
                    done(job)
                self.scene = self._scene()
            failed = "" if job.error is None else str(job.error)
            said = wire.Progress(what=what, done=job.done, total=job.total, steps=job.steps, over=job.over,
                                 stopped=job.stop.is_set(), failed=failed)  # fmt: skip
            self.send({**said.model_dump(), "id": 0}, [b""])

        with self._lock:
            if self._job is not None:
                raise LabkitError("This view is sampling already.", why="it does one thing at a time.",
                                  next="press Stop, or wait for it")  # fmt: skip
            self._job = Job(batches, tell)
            self._job.start()
        return wire.Heard()

    def _thinker(self) -> LanguageModel:
        from labkit.inside.sequence import writer_of

        return writer_of(self._trace, self._model)

    def _add(self, made: Fork) -> None:
        with self._lock:
            self._forks.append(made)
            self.scene = self._scene()
            self.focus = {**self.focus, "fork": len(self._forks) - 1, "rollout": None}

    # -- the scene -------------------------------------------------------------------------------

    def _scene(self) -> dict[str, Any]:
        trace = self._trace
        return wire.Scene(
            key=key_of(trace), model=trace.model, prompt=prompt_shown(trace), finish=trace.finish, count=len(trace),
            starts=[block.first for block in blocks(trace)], unable=self._unable(), own=words.own_outcome(trace),
            forks=[words.line_of(f) for f in self._forks],
            bars=[words.bar_of(i) for i in self._importances or ()], weighed=self._weighed,
            seconds=words.seconds_for(trace, self._pace),
        ).model_dump()  # fmt: skip

    def _unable(self) -> str:
        served = self._model is not None and not self._model.is_local  # a server tokenizes the prompt itself
        if not (self._trace.prompt_ids or served) or not len(self._trace):
            return "This trace holds no tokens of its prompt, so nothing can be sampled from it."
        if self._model is None:
            return f'This trace came without its model: labkit.ForkView(trace, labkit.load("{self._trace.model}")).'
        return ""

    def check_focus(self, focus: wire.Focus) -> None:
        """Raises an error for a token or a fork that the view does not have."""
        for name, value, count in (
            ("token", focus.token, len(self._trace)),
            ("fork", focus.fork, len(self._forks)),
        ):
            if value is not None and value >= count:
                raise self.cannot_look_at(name, value, f"there is no {name} {value}: the view has {count}")

    # -- saved outputs ---------------------------------------------------------------------------

    def as_text(self) -> str:
        """Model and prompt: the same before and after any fork."""
        prompt = " ".join(self._trace.prompt.split())
        return f"ForkView({self._trace.model}: {prompt if len(prompt) <= 60 else prompt[:59] + '…'!r})"

    def as_html(self) -> str:
        """The thought and its forks as selectable text."""
        return fork_html.html(self._trace, self._forks, self._bars())

    def as_png(self) -> bytes:
        """The thought and the trees of its forks as a picture."""
        return fork_still.png(self._trace, self._forks, self._bars())

    def _bars(self) -> list[wire.Bar]:
        """The selected importances."""
        return [words.bar_of(i) for i in self._importances or () if i.name == self.focus["name"]]


def pace_of(trace: Trace) -> float:
    """Estimated seconds per token of eight rollouts, from the duration of the thought itself."""
    times = trace.tokens.times
    return times[-1] / len(times) if times and times[-1] > 0 else words.PACE


def check(trace: Trace, forks: Sequence[Fork]) -> None:
    """Raises an error for forks of another trace."""
    for fork in forks:
        if key_of(fork.trace) != key_of(trace):
            raise BadArgument(
                f"{fork!r} is no fork of this thought.", why="its trunk is another trace.",
                next="labkit.ForkView(fork.trace, forks=[fork])",
            )  # fmt: skip
