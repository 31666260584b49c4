"""The texts of a compare view in the saved outputs."""

from __future__ import annotations

import math

from labkit.views.compare import contract as wire
from labkit.views.core.wording import kind_label, plural

KL_NOTE = "KL(b || a) of the next token is a lower bound: only the recorded alternatives are known"


def nats(value: float | None, digits: int = 2) -> str:
    """A difference with its sign; `?` if it is unknown.

    >>> nats(0.5), nats(-0.031), nats(-0.001), nats(None)
    ('+0.50', '\u22120.03', '0.00', '?')
    """
    if value is None or math.isnan(value):
        return "?"
    if abs(value) < 0.5 * 10**-digits:
        return f"{0:.{digits}f}"
    return f"{value:+.{digits}f}".replace("-", "\u2212")


def title(scene: wire.Scene) -> str:
    """Both models by their letters."""
    return f"a: {scene.a}, b: {scene.b}"


def note(scene: wire.Scene, number: int) -> str:
    """The length of a text, and its difference."""
    text = scene.texts[number]
    which = f"text {number + 1} of {len(scene.texts)}, " if len(scene.texts) > 1 else ""
    return f"{which}{plural(text.count, 'piece')}, log p(b) \u2212 log p(a) = {nats(text.total)} nats"


def ends(scene: wire.Scene, measure: wire.Measure) -> tuple[str, str]:
    """The two ends of the colour scale, in words and nats."""
    if measure == "kl":
        return "KL(b || a): 0", f"{scene.kl_top:g} nats or more"
    top = f"{scene.top:g}"
    return f"\u2212{top} nats or less: b expects it less", f"+{top} nats or more: b expects it more"


def kinds_title(scene: wire.Scene) -> str:
    """The heading of the means."""
    if len(scene.texts) == 1:
        return "Mean difference of a piece, by kind of step, in nats"
    return f"Mean difference of a piece, by kind of step, in nats ({plural(len(scene.texts), 'text')}, 95 % interval)"


def kind_name(kind: str) -> str:
    """A kind of step, "answer" or "tag" for display."""
    return kind_label(kind)


def figures(mean: wire.KindMean, several: bool) -> str:
    """A mean with its interval, and the number of its texts or pieces."""
    count = plural(mean.n, "text" if several else "piece")
    if mean.low is None or mean.high is None:
        return f"{nats(mean.mean, 3)} ({count})"
    return f"{nats(mean.mean, 3)}, {nats(mean.low, 3)} to {nats(mean.high, 3)} ({count})"


def probability(logprob: float) -> str:
    """A probability as a percentage, as in the live view; one above zero is never 0 %.

    >>> probability(0.0), probability(-1.0), probability(-9.0), probability(-20.0)
    ('100 %', '36.8 %', '0.01 %', '< 0.001 %')
    """
    value = 100 * math.exp(min(0.0, logprob))
    if value < 0.001:
        return "< 0.001 %"
    if value >= 0.1:
        return f"{value:.0f} %" if value >= 99.95 else f"{value:.1f} %"
    return f"{value:.{1 - math.ceil(math.log10(value) - 1e-9)}f} %"
