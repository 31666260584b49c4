"""A trace as the model's input: prompt and completion in one row of ids.

A *position* counts from 0 at the first token of the prompt; token `i` of the completion is at
position `P + i`, where P is the number of the prompt's tokens.
"""

from __future__ import annotations

from labkit.errors import BadArgument, LabkitError
from labkit.models import LanguageModel, LocalModel
from labkit.traces import Trace


def sequence(trace: Trace) -> list[int]:
    """Ids of the prompt and of the completion, (P + T,).

    Raises:
        LabkitError: the trace has no prompt ids, so positions cannot be counted.
    """
    if not trace.prompt_ids or not trace.tokens.ids:
        missing = "ids of its prompt" if trace.tokens.ids else "tokens"
        raise LabkitError(
            f"This trace holds no {missing}.",
            why="what happened inside is worked out from every token that the model read and wrote.",
            next="trace = model.think(prompt)  # a trace of labkit's own has them",
        )
    return [*trace.prompt_ids, *trace.tokens.ids]


def model_for_inspection(trace: Trace, model: LanguageModel | None = None) -> LocalModel:
    """The model to read `trace` with: the given model, or the model that wrote the thought.

    Raises:
        LabkitError: both are missing, or the model could not have written this trace.
    """
    reader = model_for_sampling(trace, model).local()
    rows = int(reader.network.config.get_text_config().vocab_size)
    if max(sequence(trace)) >= rows:
        raise BadArgument(
            f"{reader.name} cannot read this trace.",
            why=f"it knows {rows:,} tokens, and the trace of {trace.model} holds token {max(sequence(trace)):,}.",
            next=f'model=labkit.load("{trace.model}")',
        )
    return reader


def reader_of(trace: Trace, model: LanguageModel | None = None) -> LocalModel:
    """The model to read the complete `trace` with.

    Raises:
        LabkitError: as `model_for_inspection`; or the trace is longer than the model's context.
    """
    reader = model_for_inspection(trace, model)
    reader.check_length(len(sequence(trace)))
    return reader


def model_for_sampling(trace: Trace, model: LanguageModel | None = None) -> LanguageModel:
    """The model that continues the thought; it may be on a server, whose token ids differ from those of a trace.

    Raises:
        LabkitError: no model is given, and the trace has no model.
    """
    model = model or trace.language_model
    if model is None:
        raise BadArgument(
            "This trace came without its model.",
            why=f"a trace from a file remembers the name ({trace.model}) and not the weights.",
            next=f'give it one: model=labkit.load("{trace.model}")',
        )
    if not isinstance(model, LanguageModel):
        raise BadArgument(
            f"model={model!r} is not a model.",
            why="it is what labkit.load(...) returns.",
            next=f'model=labkit.load("{trace.model}")',
        )
    return model
