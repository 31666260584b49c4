"""`ForkView`: change a token or a step of a thought, let the model continue, and see the outcomes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument, LabkitError
from labkit.traces import Trace, blocks
from labkit.views.core.contract import Ack
from labkit.views.core.packing import key_of
from labkit.views.core.saved import SavedData, halved, recorded, rounded
from labkit.views.core.view import STATIC, Answer, View
from labkit.views.core.wording import prompt_shown, title_of
from labkit.views.fork import contract as wire
from labkit.views.fork import wording
from labkit.views.fork.html import render_html
from labkit.views.fork.png import render_png

if TYPE_CHECKING:
    from labkit.inside import Fork, Importances
    from labkit.inside.forks.job import SamplingJob
    from labkit.models import LanguageModel


PAGE = 20  # rows of a page of the view in the browser
MOST_CHOICES = 4096  # tokens; the choices of a longer thought do not fit into a saved output
NO_KERNEL = "Nothing can be sampled without a kernel: run the cell."

Question = dict[str, Any]  # a request without its id


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
    focus_type = wire.Focus
    ask_type = wire.Ask
    next_focus = 'view.focus = {**view.focus, "token": 0}'

    @checks_arguments
    def __init__(
        self, trace: Trace, model: LanguageModel | None = None, *, forks: Sequence[Fork] = ()
    ) -> None:
        check_trunk(trace, forks)
        self._lock = threading.RLock()
        self._trace, self._given = trace, model
        self._model = model or trace.language_model
        self._forks: list[Fork] = list(forks)
        self._importances: Importances | None = None
        self._importance_code = ""
        self._job: SamplingJob | None = None
        self._pace = pace_of(trace)
        super().__init__(self._scene(), {"fork": len(self._forks) - 1 if self._forks else None})

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

        result = fork(self._trace, at, model=self._model, **arguments)
        self._add(result)
        return result

    def importance(self, steps: int | Sequence[int] | None = None, **arguments: Any) -> Importances:
        """Calls `labkit.inside.step_importance(trace, steps, ...)` and shows bars beside the steps."""
        from labkit.inside import step_importance

        self._importances = step_importance(self._trace, steps, model=self._model, **arguments)
        call = [] if steps is None else [repr(steps if isinstance(steps, int) else list(steps))]
        call += [f"{name}={value!r}" for name, value in arguments.items() if name != "differ"]
        self._importance_code = wording.importance_code(call, self._given is not None)
        self.scene = self._scene().model_dump()
        return self._importances

    # -- requests from the browser ---------------------------------------------------------------

    def respond(self, ask: Any) -> Answer:
        """Answers an `Ask` at once; long work runs in the generation thread."""
        match ask:
            case wire.RowsAsk(first=first, last=last):
                return wire.Rows(rows=wording.rows_of(self._trace, first, last)), b""
            case wire.ChoicesAsk(token=token):
                return wording.choices_of(self._trace, token), b""
            case wire.SampleAsk() as sample:
                return self._sample(sample), b""
            case wire.ImportanceAsk(n=n):
                return self._compute_importances(n), b""
            case wire.TreeAsk(fork=number):
                return wording.tree_of(self._fork(number), number, "model" if self._given else ""), b""
            case wire.TextAsk(fork=number, rollout=rollout):
                return self._text(number, rollout), b""
        with self._lock:
            if self._job is not None:
                self._job.stop.set()
        return Ack(), b""

    def _fork(self, number: int) -> Fork:
        if number < len(self._forks):
            return self._forks[number]
        raise BadArgument(
            f"There is no fork {wording.letter(number)}.",
            why=f"the list has {len(self._forks)}.",
            next="view.fork(at=0)",
        )

    def _text(self, number: int, rollout: int) -> wire.Text:
        fork = self._fork(number)
        if rollout >= len(fork.rollouts):
            raise BadArgument(
                f"Fork {wording.letter(number)} has no rollout {rollout}.",
                why=f"it has {len(fork.rollouts)}, counted from 0.",
                next=f"view.forks[{number}].rollouts[0]",
            )
        return wording.text_of(fork, rollout)

    # -- background sampling -----------------------------------------------------------------------

    def _sample(self, ask: wire.SampleAsk) -> Ack:
        from labkit.inside.forks.fork import fork_from_batch, resolve_position
        from labkit.inside.forks.sampling import make_batch, replacement_tokens

        model = self._sampling_model()
        place, step = resolve_position(self._trace, ask.at, ask.step)
        put = replacement_tokens(model, ask.put if ask.put is not None else ask.text, step, self._trace)
        batch = make_batch(model, self._trace, place, put, ask.n, ask.temperature, 0.95, None, ask.seed)

        def done(job: SamplingJob) -> None:
            self._add(fork_from_batch(batch, job.groups()[0], step))

        where = f"from step {step.number}" if step else f"at {place}"
        return self._begin(f"{ask.n} rollouts {where}", [batch], done)

    def _compute_importances(self, n: int) -> Ack:
        from labkit.inside.causal import importance

        model = self._sampling_model()
        steps, names = self._trace.steps, importance.NAMES
        batches = importance.batches_of(model, self._trace, steps, names, n, 0, 0.6, 0.95)

        def done(job: SamplingJob) -> None:
            sampled = dict(zip(batches, job.groups(), strict=True))
            results = importance.importances_of(self._trace, steps, names, sampled, importance.steps_differ)
            self._importances = importance.Importances(results)
            self._importance_code = wording.importance_code([f"n={n}"], self._given is not None)

        return self._begin(f"{len(steps)} steps, {n} rollouts each way", list(batches.values()), done)

    def _begin(self, what: str, batches: list[Any], done: Any) -> Ack:
        from labkit.inside.forks.job import SamplingJob

        def report(job: SamplingJob) -> None:
            if job.is_finished:
                with self._lock:
                    self._job = None
                if job.steps > 20 and self._model is not None and self._model.is_local:
                    self._pace = job.seconds / job.steps
                if job.error is None:
                    done(job)
                self.scene = self._scene().model_dump()
            failed = "" if job.error is None else str(job.error)
            progress = wire.Progress(
                what=what, done=job.n_finished, total=job.n_rollouts, steps=job.steps, over=job.is_finished,
                stopped=job.stop.is_set(), failed=failed,
            )  # fmt: skip
            self.send({**progress.model_dump(), "id": 0}, [b""])

        with self._lock:
            if self._job is not None:
                raise LabkitError(
                    "This view is sampling already.",
                    why="it does one thing at a time.",
                    next="press Stop, or wait until it ends",
                )
            self._job = SamplingJob(batches, report)
            self._job.start()
        return Ack()

    def _sampling_model(self) -> LanguageModel:
        from labkit.inside.sequence import model_for_sampling

        return model_for_sampling(self._trace, self._model)

    def _add(self, fork: Fork) -> None:
        with self._lock:
            self._forks.append(fork)
            self.scene = self._scene().model_dump()
            self.focus = {**self.focus, "fork": len(self._forks) - 1, "rollout": None}

    # -- the scene -------------------------------------------------------------------------------

    def _scene(self) -> wire.Scene:
        trace = self._trace
        return wire.Scene(
            key=key_of(trace), model=trace.model, prompt=prompt_shown(trace), finish=trace.finish, count=len(trace),
            starts=[block.first for block in blocks(trace)], unable=self._disabled_reason(),
            own=wording.own_outcome(trace),
            forks=[wording.fork_summary(f) for f in self._forks],
            bars=[wording.importance_bar(i) for i in self._importances or ()], weighed=self._importance_code,
            seconds=wording.seconds_for(trace, self._pace),
        )  # fmt: skip

    def _disabled_reason(self) -> str:
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

    def saved_variants(self) -> Iterator[SavedData]:
        """The thought, all forks with their rollouts, and the choices: of all tokens, or of those where forks begin."""
        # The durations are those of this machine, and nothing can be sampled without a kernel.
        scene = rounded({**self.scene, "unable": self.scene["unable"] or NO_KERNEL, "seconds": []})
        starts = {fork.at for fork in self._forks if fork.at < len(self._trace)}
        own = [*self._rows_and_forks(), *choices_asked(sorted(starts))]
        answers = [self._recorded(ask) for ask in own]
        if len(self._trace) <= MOST_CHOICES:
            other = choices_asked([token for token in range(len(self._trace)) if token not in starts])
            rest = [self._recorded(ask) for ask in other]
            yield {"scene": scene, "focus": self.focus, "answers": [*answers, *rest]}
        for some in halved(answers):
            yield {"scene": scene, "focus": self.focus, "answers": some}

    def _rows_and_forks(self) -> Iterator[Question]:
        """The requests of the thought, and of the forks, the newest first."""
        for first in range(0, len(self.scene["starts"]), PAGE):
            yield {"ask": "rows", "first": first, "last": first + PAGE}
        for number in reversed(range(len(self._forks))):
            yield {"ask": "tree", "fork": number}
            for rollout in range(len(self._forks[number].rollouts)):
                yield {"ask": "text", "fork": number, "rollout": rollout}

    def _recorded(self, question: Question) -> dict[str, Any]:
        answer: dict[str, Any] = rounded(recorded(question, *self.answer({**question, "id": 0})))
        return answer

    # -- saved outputs ---------------------------------------------------------------------------

    def as_text(self) -> str:
        """Model and prompt: the same before and after any fork."""
        return f"ForkView({title_of(self._trace)})"

    def as_html(self) -> str:
        """The thought and its forks as selectable text."""
        return render_html(self._trace, self._forks, self._bars())

    def as_png(self) -> bytes:
        """The thought and the trees of its forks as a picture."""
        return render_png(self._trace, self._forks, self._bars())

    def _bars(self) -> list[wire.ImportanceBar]:
        """The selected importances."""
        return [wording.importance_bar(i) for i in self._importances or () if i.name == self.focus["name"]]


def choices_asked(tokens: Sequence[int]) -> list[Question]:
    """The requests of the alternatives to tokens."""
    return [{"ask": "choices", "token": token} for token in tokens]


def pace_of(trace: Trace) -> float:
    """Estimated seconds per token of eight rollouts, from the duration of the thought itself."""
    times = trace.tokens.times
    return times[-1] / len(times) if times and times[-1] > 0 else wording.PACE


def check_trunk(trace: Trace, forks: Sequence[Fork]) -> None:
    """Raises an error for forks of another trace."""
    for fork in forks:
        if key_of(fork.trace) != key_of(trace):
            raise BadArgument(
                f"{fork!r} is not a fork of this thought.", why="its trunk is another trace.",
                next="labkit.ForkView(fork.trace, forks=[fork])",
            )  # fmt: skip
