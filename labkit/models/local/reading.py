"""`read_text`: a model reads a completion that another model, or a person, wrote."""

from __future__ import annotations

import time
from collections.abc import Generator
from threading import Event
from typing import TYPE_CHECKING

from labkit._host.notebook import in_notebook, warn
from labkit.errors import BadArgument
from labkit.models import families, prompts
from labkit.models.capture.capture import Capture, QKRecorder, capturing
from labkit.models.local.recorder import TOP_K, Recorder, head_for
from labkit.models.local.rollout_memory import require_rollouts
from labkit.models.local.scoring import score_pieces
from labkit.models.prompts import Prompt
from labkit.models.runtime import generation_thread
from labkit.models.runtime.kv_cache import new_cache
from labkit.traces import SamplingParams, Trace
from labkit.traces.families import Thinking

if TYPE_CHECKING:
    from labkit.models.local.model import LocalModel


def read_text(
    model: LocalModel,
    prompt: Prompt,
    text: str,
    *,
    thinking: Thinking,
    show: bool | None,
    capture: Capture | None,
) -> Trace:
    """`LocalModel.read_text`, with its arguments and errors."""
    if capture is not None:
        model.require_capture()
    head, outside = head_for(model, prompt, thinking)
    completion = completion_ids(model, head.prompt_text, text)
    head = head.model_copy(update={"settings": SamplingParams(max_new_tokens=len(completion))})
    ids = [*head.prompt_ids, *completion]
    model.check_rows(ids)
    model.check_length(len(ids))
    require_rollouts(model.network, len(ids), 1, capture)
    if outside:
        warn(outside, stacklevel=4)
    keeper = QKRecorder(model.network, capture, len(ids)) if capture is not None else None
    recorder, stop = Recorder(head, model.pieces), Event()
    steps = read_steps(model, ids, recorder, keeper)
    if show or (show is None and in_notebook()):
        trace = generation_thread.run_shown(steps, recorder, stop)
    else:
        (trace,) = generation_thread.run(steps, [recorder], stop)
    if keeper is None:
        return trace.attach(language_model=model)
    inside = model._inside(keeper, [*head.prompt_ids, *trace.tokens.ids], len(head.prompt_ids))
    return trace.attach(language_model=model, inside=inside)


def completion_ids(model: LocalModel, prompt_text: str, text: str) -> list[int]:
    """The tokens of a completion behind a templated prompt, (T,), as the model would have written it.

    The opening tag of the thought stands once: a template may have written it, and a server may have removed it.

    Raises:
        LabkitError: the text is empty, or has words that an embedded model was never trained on.
    """
    tags = model.tags
    if not text.strip():
        raise BadArgument(
            "There is no text to read.", why="it is empty.", next='model.read_text(prompt, "...")'
        )
    if families.prompt_opens_thinking(prompt_text, tags):
        stripped = text.lstrip()
        text = stripped.removeprefix(tags.open).lstrip("\n") if stripped.startswith(tags.open) else text
    elif tags.close in text and tags.open not in text:
        text = tags.think_open + text.lstrip("\n")
    if families.named(model.family).closed_vocabulary:
        words = text.replace(tags.open, "").replace(tags.close, "")
        prompts.check_in_vocabulary(model.tokenizer, [{"role": "assistant", "content": words}], model.name)
    return list(model.tokenizer.encode(text, add_special_tokens=False, verbose=False))


def read_steps(
    model: LocalModel,
    ids: list[int],
    recorder: Recorder,
    keeper: QKRecorder | None,
) -> Generator[None]:
    """Reads prompt and completion into the recorder; each `next` is one forward pass."""
    start, first = time.perf_counter(), len(recorder.head.prompt_ids)
    network = model.network
    with capturing(network, keeper):
        for piece in score_pieces(
            network, ids, first, new_cache(network),
            vocab_size=len(model.tokenizer), alternatives=TOP_K, keeper=keeper,
        ):  # fmt: skip
            seconds = time.perf_counter() - start
            columns = (piece.ids, piece.logprobs, piece.entropies, piece.top_ids, piece.top_logprobs)
            for id, logprob, entropy, top_ids, top_logprobs in zip(*columns, strict=True):
                recorder.record(id, logprob, entropy, seconds, top_ids, top_logprobs, ended=False)
            yield
        recorder.ended = len(recorder) == len(ids) - first
