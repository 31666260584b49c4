"""`TrainingView`: curves of a training run, its diagnosis, and thoughts about one problem over time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any, Self

from labkit._arguments import checks_arguments
from labkit.traces import blocks
from labkit.training.run import Run
from labkit.views.core.contract import Ack
from labkit.views.core.packing import pack, with_texts
from labkit.views.core.saved import SavedData, rounded
from labkit.views.core.view import STATIC, Answer, View
from labkit.views.training import contract as wire
from labkit.views.training import data, saved
from labkit.views.training.html import render_html
from labkit.views.training.png import render_png

INTERVAL = 0.25  # seconds between two messages: at most 4 per second


class TrainingView(View):
    """The curves of a run under one crosshair, its diagnosis, and its thoughts by step.

    Point at a curve, or move with the arrow keys, to read all curves at one step. The slider below selects
    a check: a thought of the policy at that time about the same held-out problem. "Kept rollouts" shows
    some training rollouts of each step.

    Args:
        run: the result of `labkit.training.grpo(...)` or `labkit.training.Run.load(folder)`.

    Raises:
        LabkitError: `run` is not a run.
    """

    bundle = STATIC / "training_view.js"
    focus_type = wire.Focus
    ask_type = wire.Ask
    next_focus = 'view.focus = {**view.focus, "step": 1}'

    @checks_arguments
    def __init__(self, run: Run) -> None:
        self._run = run
        self._total_steps = len(run)
        self._stop: threading.Event | None = None
        self._sent = (0, 0, "")
        self._due = 0.0
        super().__init__(self._scene())

    @property
    def run(self) -> Run:
        """The run that is shown."""
        return self._run

    def _scene(self) -> wire.Scene:
        return data.scene_of(self._run, self._total_steps)

    # -- during training -------------------------------------------------------------------------

    @classmethod
    def stream(cls, run: Run, total_steps: int, stop: threading.Event) -> Self:
        """A view of a run that will have `total_steps` steps; `stop` is set when the user presses Stop."""
        view = cls(run)
        view._total_steps, view._stop = total_steps, stop
        return view

    def update(self, progress: Any) -> None:
        """Sends the changes, if a message is due; `progress` has `step`, `doing`, `done` and `total`."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + INTERVAL
        state = (len(self._run), len(self._run.checks), self._run.status)
        if state != self._sent:
            self._sent = state
            self.scene = self._scene().model_dump()
        else:
            message = wire.Progress(
                step=progress.step, doing=progress.doing, done=progress.done, total=progress.total
            )
            self.send({**message.model_dump(), "id": 0}, [b""])

    def done(self) -> None:
        """The run has ended: shows all of it, ends Stop, and redraws the saved outputs."""
        self._stop, self._total_steps = None, len(self._run)
        self.scene = self._scene().model_dump()
        self.redraw()

    # -- requests from the browser ---------------------------------------------------------------

    def respond(self, ask: Any) -> Answer:
        """Answers an `Ask`; no torch here, since it may run during another cell."""
        match ask:
            case wire.TextAsk(which=which, at=index):
                trace = data.thought_of(self._run, which, index).trace
                tokens = with_texts(trace)
                head, columns = pack(tokens, 0, len(tokens), blocks=list(blocks(trace)))
                return wire.Text(**dict(head)), columns
        if self._stop is not None:
            self._stop.set()
        return Ack(), b""

    def check_focus(self, focus: wire.Focus) -> None:
        """Raises an error for a step or a thought that the run does not have."""
        if focus.step is not None and focus.step > max(self._total_steps, len(self._run)):
            raise self.cannot_look_at("step", focus.step, f"the run has {len(self._run)} steps")
        count = len(self._run.watched if focus.which == "watched" else self._run.kept)
        if focus.at is not None and focus.at >= count:
            raise self.cannot_look_at("at", focus.at, f"{count} thoughts are {focus.which}")

    def saved_variants(self) -> Iterator[SavedData]:
        """The curves and the thoughts, as many as fit; nothing during training."""
        if self._stop is not None:
            return
        scene = rounded(self.scene)
        for thoughts in saved.variants(self._run):
            yield {"scene": scene, "focus": self.focus, "thoughts": [one.model_dump() for one in thoughts]}

    # -- saved outputs ---------------------------------------------------------------------------

    def as_text(self) -> str:
        """Model and task: known before the first step, so that it is the same at every run."""
        return f"TrainingView({self._run.name} on {self._run.task})"

    def as_html(self) -> str:
        """Curves, diagnosis and the first and last thought, as selectable text."""
        return render_html(self._run, self._scene())

    def as_png(self) -> bytes:
        """The curves and the diagnosis as a picture."""
        return render_png(self._run, self._scene())


def show_training(run: Run, total_steps: int, stop: threading.Event) -> TrainingView:
    """A view of a run in training, shown in the running cell (outside Jupyter it is not shown)."""
    return TrainingView.stream(run, total_steps, stop).show()
