"""`ScalingView`: pass@k, maj@k and accuracy against samples or tokens, with intervals over problems."""

from __future__ import annotations

from typing import Any

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.views.core.view import STATIC, View, check_choice
from labkit.views.scaling import contract as wire
from labkit.views.scaling import wording
from labkit.views.scaling.data import ScalingPoint, scene_of
from labkit.views.scaling.html import render_html
from labkit.views.scaling.png import render_png
from labkit.views.scaling.sources import measure

EXAMPLE = 'labkit.ScalingView({"T = 0.6": groups}, axis="tokens")'


class ScalingView(View):
    """Accuracy against test-time compute: pass@k and maj@k of many samples, and serial measurements beside them.

    The horizontal axis is k, or the mean number of completion tokens for a problem; both are logarithmic. Bands are
    95 % bootstrap intervals over problems. The summary gives maj@k minus pass@1 on the same problems with its
    paired interval. A click on a name in the legend hides a curve, the arrow keys go from point to point, and the
    table holds all figures.

    Args:
        source: the rollouts of one problem (a `TraceGroup`), a list of groups (one for each problem), a table of
            rollouts that were judged before (a dict of `"right"`, `"tokens"` and perhaps `"answer"`, (problems, n)
            each), `ScalingPoint`s, the path of a file that `labkit eval --json` wrote, or a dict from labels to
            these. A file holds means over problems, so it has no paired interval.
        axis: `"k"` or `"tokens"`; by default k, or tokens if a curve has no k.
        title: the heading; by default the model.

    Raises:
        LabkitError: the source is of another kind or empty, a rollout cannot be judged, or no curve fits the axis.
    """

    bundle = STATIC / "scaling_view.js"
    focus_type = wire.Focus
    next_focus = 'view.focus = {**view.focus, "axis": "tokens"}'

    @checks_arguments
    def __init__(self, source: Any, *, axis: str | None = None, title: str = "") -> None:
        if axis is not None:
            check_choice("ScalingView", "axis", axis, wire.Axis, next=EXAMPLE)
        self._measurement = measure(source)
        self._data = scene_of(self._measurement, wording.label(title) if title else "")
        super().__init__(self._data, {"axis": axis or self._default_axis()})

    def _default_axis(self) -> wire.Axis:
        axes = self._data.axes
        return "tokens" if axes == ["tokens"] or ("tokens" in axes and self._data.omitted["k"]) else "k"

    @property
    def points(self) -> list[ScalingPoint]:
        """All points, in the order of the table; each point names its curve in `label`."""
        return self._measurement.points

    @property
    def summary(self) -> str:
        """The comparisons as sentences, one in each line."""
        return "\n".join(self._data.summary)

    def check_focus(self, focus: wire.Focus) -> None:
        """Raises an error for an axis, a curve or a point that the view does not have."""
        if focus.axis not in self._data.axes:
            raise self._no_axis(focus.axis)
        count = len(self._data.curves)
        for name, value in (("curve", focus.curve), *(("hidden", index) for index in focus.hidden)):
            if value is not None and value >= count:
                raise self.cannot_look_at(name, value, f"curves are counted from 0 to {count - 1}")
        if focus.point is None:
            return
        if focus.curve is None:
            raise self.cannot_look_at("point", focus.point, "a point needs its curve")
        last = len(self._data.curves[focus.curve].points) - 1
        if focus.point > last:
            raise self.cannot_look_at("point", focus.point, f"this curve has the points 0 to {last}")

    def _no_axis(self, axis: str) -> BadArgument:
        noun = "k" if axis == "k" else "number of tokens"
        return BadArgument(
            f"This ScalingView has no axis {axis!r}.",
            why=f"its points have no {noun}.",
            next="labkit.ScalingView(source)",
        )

    # -- saved outputs ---------------------------------------------------------------------------

    def as_text(self) -> str:
        """What is shown, without figures: the labels, k, and the number of problems."""
        return f"ScalingView({wording.one_line_text(self._measurement)})"

    def as_html(self) -> str:
        """The chart, the comparisons and the table, as selectable text."""
        return render_html(self._data, self._focus)

    def as_png(self) -> bytes:
        """The chart and the comparisons as a picture."""
        return render_png(self._data, self._focus)
