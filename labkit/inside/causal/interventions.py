"""Interventions: change a network's computation, and observe the effect on the thought.

    with labkit.inside.intervene(model, zero_head(2, 3), suppress(trace, step=4)):
        group = model.sample(prompt, n=8)                      # samples from the changed network
    effect(trace)                                              # each head in turn, (layers, heads)

An edit is a value. Only `intervene` applies edits to a network, and it removes them again, also after an
error or an Interrupt. Networks stay stock `transformers`: edits are forward hooks, and attention is never
switched to eager.

Limits of ablation (Zhang and Nanda, arXiv 2309.16042): a large effect shows that the answer *needs* the
ablated part in the present network; a small effect does not show that the part was unused, since other
heads may compensate (the "hydra effect", arXiv 2307.15771). Zero is off-distribution for the later
layers; the mean over a trace is a milder choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, cast, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import PreTrainedModel

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument, LabkitError, Unsupported
from labkit.inside.forks.fork import step_of
from labkit.inside.lens.residual import model_parts
from labkit.inside.sequence import reader_of, sequence
from labkit.models import LanguageModel, LocalModel
from labkit.models.capture.qk_capture import check_index
from labkit.models.runtime.kv_cache import new_cache
from labkit.models.runtime.threads import threads_for
from labkit.traces import Trace

Kind = Literal["before", "after"]
ROOM = 4_096  # tokens per forward pass of `effect`: more heads at once would only need more memory


@dataclass(frozen=True)
class Hook:
    """A function to run before or after a module; its arguments and result are those of torch's hooks."""

    part: nn.Module
    when: Kind
    run: Callable[..., Any]


class Edit(Protocol):
    """One change to a network."""

    def hooks(self, network: PreTrainedModel) -> list[Hook]:
        """The hooks that apply this edit to `network`.

        Raises:
            LabkitError: this network lacks the part to edit.
        """


@checks_arguments
@contextmanager
def intervene(model: LanguageModel, *edits: Edit) -> Iterator[LanguageModel]:
    """A context manager; inside it, `think`, `sample`, forks and captures run `model` with all `edits`.

    Raises:
        LabkitError: an edit does not fit this model; then no edit is applied.
    """
    if not isinstance(model, LanguageModel) or not edits or not all(hasattr(e, "hooks") for e in edits):
        raise BadArgument(
            "An intervention needs a model and what to change in it.",
            why="edits are what zero_head, mean_head, zero_layer and suppress return.",
            next="with labkit.inside.intervene(model, labkit.inside.zero_head(0, 0)): ...",
        )
    with hooked_in([hook for edit in edits for hook in edit.hooks(model.local().network)]):
        yield model


@contextmanager
def hooked_in(hooks: Sequence[Hook]) -> Iterator[None]:
    """Registers hooks, and removes them in any case."""
    handles: list[Any] = []
    try:
        for hook in hooks:
            register = (
                hook.part.register_forward_pre_hook
                if hook.when == "before"
                else hook.part.register_forward_hook
            )
            handles.append(register(hook.run, with_kwargs=True))
        yield
    finally:
        for handle in handles:
            handle.remove()


# -- edits -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HeadEdit:
    """Replaces one head's input to `o_proj` by `value`, (head size,), or by zeros."""

    layer: int
    head: int
    value: Tensor | None = field(default=None, repr=False)

    def hooks(self, network: PreTrainedModel) -> list[Hook]:
        """One hook before `o_proj`."""
        attention, size = attention_of(network, self.layer, self.head)
        span = slice(self.head * size, (self.head + 1) * size)

        def replace(_: nn.Module, args: tuple[Tensor, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
            heads = args[0].clone()  # (B, T, heads x head size)
            heads[..., span] = 0 if self.value is None else self.value.to(heads)
            return (heads, *args[1:]), kwargs

        return [Hook(attention.o_proj, "before", replace)]


@dataclass(frozen=True)
class LayerEdit:
    """Replaces a layer's output by its input: the layer adds nothing to the residual stream."""

    layer: int

    def hooks(self, network: PreTrainedModel) -> list[Hook]:
        """One hook after the layer."""
        layers = model_parts(network).layers
        check_index("layer", self.layer, len(layers))

        def skip(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
            stream = args[0] if args else kwargs["hidden_states"]
            return (stream, *output[1:]) if isinstance(output, tuple) else stream

        return [Hook(layers[self.layer], "after", skip)]


@dataclass(frozen=True)
class Suppression:
    """Hides key positions `[first, last)` from all queries at `last` and later."""

    first: int
    last: int
    layers: tuple[int, ...] | None = None

    def hooks(self, network: PreTrainedModel) -> list[Hook]:
        """One hook before the attention of each layer: it adds to SDPA's mask."""
        count = len(model_parts(network).layers)
        chosen = range(count) if self.layers is None else self.layers
        parts = [attention_of(network, layer, 0)[0] for layer in chosen]
        cached = new_cache(network).layers  # a sliding-window layer caches only its window
        windows = any(getattr(cached[layer], "is_sliding", False) for layer in chosen)
        if windows or "flash" in str(network.config._attn_implementation):
            raise Unsupported(
                f"Attention to a step cannot be suppressed in this {network.config.model_type} model.",
                why="it attends in a sliding window or by flash attention, which take no mask of positions.",
                next="labkit.inside.zero_head(0, 0)  # heads and layers can be ablated in any of them",
            )
        return [Hook(part, "before", self._hide) for part in parts]

    def _hide(self, part: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any] | None:
        stream = args[0] if args else kwargs["hidden_states"]  # (B, t, hidden)
        cache = kwargs.get("past_key_values", kwargs.get("cache"))
        before = cache.get_seq_length(part.layer_idx) if cache is not None else 0
        rows = torch.arange(before, before + stream.shape[1], device=stream.device)[:, None]  # (t, 1) queries
        keys = torch.arange(before + stream.shape[1], device=stream.device)  # (T,)
        hidden = (keys >= self.first) & (keys < self.last) & (rows >= self.last)  # (t, T)
        if not hidden.any():
            return None
        lowest = torch.finfo(stream.dtype).min
        mask = kwargs.get("attention_mask")
        if mask is None:
            mask = torch.zeros((), dtype=stream.dtype, device=stream.device).where(keys <= rows, lowest)[
                None, None
            ]
        elif mask.dtype == torch.bool:
            mask = torch.zeros((), dtype=stream.dtype, device=stream.device).where(mask, lowest)
        return args, kwargs | {"attention_mask": mask.masked_fill(hidden, lowest)}


@checks_arguments
def zero_head(layer: int, head: int) -> HeadEdit:
    """Zero ablation of one head: its slice of `o_proj`'s input is zero."""
    return HeadEdit(layer, head)


@checks_arguments
def mean_head(layer: int, head: int, *, over: Trace, model: LanguageModel | None = None) -> HeadEdit:
    """Mean ablation of one head: its output is everywhere its mean over the positions of a trace.

    Args:
        layer, head: counted from 0.
        over: the trace whose positions are averaged.
        model: by default the model that wrote that thought.

    Raises:
        LabkitError: the head does not exist, the trace has no model, or the trace is longer than the context.
    """
    reader = reader_of(over, model)
    attention, size = attention_of(reader.network, layer, head)
    return HeadEdit(layer, head, heads_of(reader, over, attention).view(-1, size)[head])


@checks_arguments
def zero_layer(layer: int) -> LayerEdit:
    """Ablation of a whole layer: its attention and MLP add nothing to the residual stream."""
    return LayerEdit(layer)


@checks_arguments
def suppress(
    trace: Trace, step: int | None = None, *, tokens: tuple[int, int] | None = None, layers: Sequence[int] | None = None
) -> Suppression:  # fmt: skip
    """Masks a step for all later tokens (Thought Anchors, arXiv 2506.19143, section on attention suppression).

    Tokens of the step itself still see each other. The positions are those of `trace`: fork from `trace` at or
    after the end of the step, or read `trace` again with `effect`.

    Args:
        trace: the thought.
        step: number of the step, from 1.
        tokens: instead of `step`, tokens `[first, last)` of the completion.
        layers: the layers to change; by default all.

    Raises:
        LabkitError: the step or tokens do not exist.
    """
    start = len(trace.prompt_ids)
    if step is not None:
        edited_step = step_of(trace, step)
        tokens = trace.token_range(edited_step.start, edited_step.end)
    if tokens is None or not 0 <= tokens[0] < tokens[1] <= len(trace):
        raise BadArgument(
            f"There is nothing to suppress in tokens={tokens!r}.",
            why=f"tokens are [first, last) of the completion, which has {len(trace)}.",
            next="labkit.inside.suppress(trace, step=1)",
        )
    return Suppression(start + tokens[0], start + tokens[1], None if layers is None else tuple(layers))


# -- effects ---------------------------------------------------------------------------------------


@overload
def effect(
    trace: Trace,
    *,
    tokens: tuple[int, int] | None = None,
    mean: bool = False,
    model: LanguageModel | None = None,
) -> NDArray[np.float32]: ...
@overload
def effect(
    trace: Trace,
    edit: Edit,
    *edits: Edit,
    tokens: tuple[int, int] | None = None,
    model: LanguageModel | None = None,
) -> float: ...
@checks_arguments  # type: ignore[misc]  # mypy does not match a first edit with *edits
def effect(
    trace: Trace, *edits: Edit, tokens: tuple[int, int] | None = None, mean: bool = False,
    model: LanguageModel | None = None,
) -> NDArray[np.float32] | float:  # fmt: skip
    """The change in the answer's logprob, in nats; negative if the ablated part had helped.

        sum over the answer's tokens of  log p(token | all before it, edited) - log p(token | all before it)

    The trace is teacher-forced: no token is sampled.

    Args:
        trace: the thought, with an answer.
        edits: applied together. Without edits, every head is ablated in turn.
        tokens: instead of the answer, tokens `[first, last)` of the completion.
        mean: for the table of heads: mean ablation over this trace instead of zero ablation.
        model: by default the model that wrote the thought.

    Returns:
        (layers, heads) float32 without edits, one number with edits.

    Raises:
        LabkitError: the trace has no answer or is longer than the context, or an edit does not fit.
    """
    reader = reader_of(trace, model)
    first, last = answer_of(trace) if tokens is None else tokens
    if not 0 <= first < last <= len(trace):
        raise BadArgument(f"tokens={tokens!r} is not a part of this trace.", why=f"it has {len(trace)} tokens.",
                          next="labkit.inside.effect(trace)  # the answer's tokens")  # fmt: skip
    ids, start = sequence(trace), len(trace.prompt_ids)
    span = (start + first, start + last)
    plain = logprob(reader, ids, span)[0]
    if edits:
        with intervene(reader, *edits):
            return float(logprob(reader, ids, span)[0] - plain)
    return (every_head(reader, trace, ids, span, mean) - plain).astype(np.float32)


def answer_of(trace: Trace) -> tuple[int, int]:
    """The tokens `[first, last)` of the answer, without leading blanks.

    Raises:
        LabkitError: the trace has no answer.
    """
    start, end = trace.parts.answer
    answer = trace.text[start:end]
    first, last = trace.token_range(start + len(answer) - len(answer.lstrip()), end)
    if not answer.strip() or first >= last:
        raise LabkitError(
            "This trace has no answer.",
            why=f"its thought was not ended (finish={trace.finish!r}), so there is no logprob of an answer to change.",
            next="labkit.inside.effect(trace, tokens=(0, len(trace)))  # the whole text in its place",
        )
    return first, last


def every_head(
    model: LocalModel, trace: Trace, ids: Sequence[int], span: tuple[int, int], mean: bool
) -> NDArray[np.float64]:
    """Logprob of the span with each head ablated in turn, (layers, heads): one pass per layer, one row per head."""
    layers = model_parts(model.network).layers
    table = []
    for layer in range(len(layers)):
        attention, size = attention_of(model.network, layer, 0)
        heads = attention.o_proj.in_features // size
        values = heads_of(model, trace, attention).view(heads, size) if mean else torch.zeros(heads, size)
        at_once = max(1, ROOM // len(ids))
        logps: list[float] = []
        for begin in range(0, heads, at_once):
            chosen = range(begin, min(begin + at_once, heads))

            def one_each(_: nn.Module, args: tuple[Tensor], kwargs: Any, chosen: range = chosen,
                         values: Tensor = values, size: int = size) -> tuple[Any, Any]:  # fmt: skip
                x = args[0].clone()  # (rows, T, heads x head size)
                for row, head in enumerate(chosen):
                    x[row, :, head * size : (head + 1) * size] = values[head].to(x)
                return (x,), kwargs

            with hooked_in([Hook(attention.o_proj, "before", one_each)]):
                logps += logprob(model, ids, span, copies=len(chosen)).tolist()
        table.append(logps)
    return np.array(table)


@torch.inference_mode()
def logprob(
    model: LocalModel, ids: Sequence[int], span: tuple[int, int], *, copies: int = 1
) -> NDArray[np.float64]:
    """Log-probability of positions `[first, last)` given all earlier positions, in nats, (copies,)."""
    first, last = span
    inputs = torch.tensor([ids[: last - 1]] * copies, device=model.network.device)  # (copies, last - 1)
    with threads_for(model.network):
        logits = model.network(input_ids=inputs, use_cache=False, logits_to_keep=last - first).logits
    logps = logits[..., : len(model.tokenizer)].float().log_softmax(-1)  # (copies, span, V)
    targets = torch.tensor(ids[first:last], device=logps.device).expand(copies, -1)
    return cast(
        NDArray[np.float64], logps.gather(-1, targets[..., None])[..., 0].double().sum(-1).cpu().numpy()
    )


@torch.inference_mode()
def heads_of(model: LocalModel, trace: Trace, attention: Any) -> Tensor:
    """The mean of `o_proj`'s input over a trace, for all heads of one layer, (heads x head size,)."""
    seen: list[Tensor] = []

    def keep(_: nn.Module, args: tuple[Tensor, ...], kwargs: dict[str, Any]) -> None:
        seen.append(args[0][0].float().mean(0))

    with hooked_in([Hook(attention.o_proj, "before", keep)]):
        inputs = torch.tensor([sequence(trace)], device=model.network.device)
        model.network(input_ids=inputs, use_cache=False, logits_to_keep=1)
    return seen[0]


def attention_of(network: PreTrainedModel, layer: int, head: int) -> tuple[Any, int]:
    """The attention module of a layer, and its head size.

    Raises:
        LabkitError: the layer or head does not exist, or the network's attention has no `o_proj`.
    """
    layers = model_parts(network).layers
    check_index("layer", layer, len(layers))
    attention: Any = getattr(layers[layer], "self_attn", None)
    heads = int(network.config.get_text_config().num_attention_heads)
    if not isinstance(getattr(attention, "o_proj", None), nn.Linear) or attention.o_proj.in_features % heads:
        raise Unsupported(
            f"labkit cannot take a head out of a {network.config.model_type} model.",
            why="its heads do not share one o_proj, as those of Qwen2, Qwen3, Llama and Mistral do.",
            next='model = labkit.load("r1-mini")',
        )
    check_index("head", head, heads)
    return attention, attention.o_proj.in_features // heads
