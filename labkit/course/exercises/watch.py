"""The exercises of the lesson *Watch it think*."""

from collections.abc import Sequence

from labkit.course.checks import Case
from labkit.course.registry import Exercise
from labkit.traces import Trace


def _most_surprising(trace: Trace) -> Sequence[Case]:
    logprobs, entropies = trace.tokens.logprobs, trace.tokens.entropies
    right = logprobs.index(min(logprobs))
    slips = [
        (
            entropies.index(max(entropies)),
            "Close: that token has the highest entropy. Surprisal is about the token that was written.",
        ),
        (
            logprobs.index(max(logprobs)),
            "Close: that is the least surprising token. Surprisal is minus the log-probability.",
        ),
        (
            -min(logprobs),
            "Close: that is the surprisal itself. The exercise asks for the index of the token.",
        ),
        (min(logprobs), "Close: that is a log-probability. The exercise asks for the index of the token."),
        (trace.tokens.texts[right], "Close: that is its text. The exercise asks for the index of the token."),
    ]
    return [Case((), right, slips, "the index of the token with the largest surprisal")]


EXERCISES = (
    Exercise(
        "watch-1",
        writes="surprisal",
        minutes=4,
        cases=(
            Case(
                (-1.5,),
                1.5,
                {
                    -1.5: "Close: a surprisal is never negative. Look at the sign.",
                    0.2231: "Close: that is the probability. Surprisal stays in nats: no exp is needed.",
                },
            ),
            Case((0.0,), 0),
            Case((-3.0,), 3.0),
        ),
        hint="`logprob` is already log p, in nats. Only the sign is missing.",
        solution="def surprisal(logprob):\n    return -logprob\n",
        talk="The mean of surprisal over the model's own probabilities is the entropy: ask why.",
        wrong={
            "def surprisal(logprob):\n    return logprob": "never negative",
            "from math import exp\ndef surprisal(logprob):\n    return exp(logprob)": "that is the probability",
            "def surprisal(logprob):\n    return 1.5": "should be 0",
        },
    ),
    Exercise(
        "watch-2",
        writes="my_index",
        value=True,
        asks="an index",
        minutes=4,
        cases=_most_surprising,
        hint="`max(range(len(trace)), key=...)` gives the index with the largest value of a function.",
        solution="my_index = max(range(len(trace)), key=lambda i: -trace.tokens.logprobs[i])\n",
        done="Right. trace.token(my_index) shows it: the first choice of a number.",
        talk="It is not the token of highest entropy: entropy is known before the draw, surprisal after it.",
        wrong={
            "my_index = trace.tokens.entropies.index(max(trace.tokens.entropies))": "the highest entropy",
            "my_index = max(range(len(trace)), key=lambda i: trace.tokens.logprobs[i])": "the least surprising",
            "my_index = -min(trace.tokens.logprobs)": "the surprisal itself",
            "my_index = min(trace.tokens.logprobs)": "a log-probability",
            "my_index = trace.tokens.texts[1]": "its text",
        },
        setup=("import labkit", "trace = model.think("),
        context="trace=trace",
    ),
)
