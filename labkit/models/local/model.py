"""`LocalModel`: generates one shown thought, or samples a group of rollouts."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from labkit._arguments import checks_arguments
from labkit._host import session
from labkit._host.notebook import in_notebook, warn
from labkit.errors import BadArgument, FileDamaged
from labkit.models import catalog, families, prompts
from labkit.models.base import LanguageModel, NearestName, check_max_new_tokens, check_rollouts
from labkit.models.capture.capture import Capture, QKRecorder, capturing, parse_capture, prefill
from labkit.models.capture.qk_capture import QKCapture
from labkit.models.local.reading import read_text
from labkit.models.local.recorder import TOP_K, Recorder, head_for, record_column
from labkit.models.local.rollout_memory import require_rollouts
from labkit.models.local.sampling import sample_batch
from labkit.models.local.unload import unload, unloaded_error
from labkit.models.prompts import Prompt
from labkit.models.reading_tags import reading_as
from labkit.models.runtime import generation_thread, quantization
from labkit.models.runtime.weights import weights_state
from labkit.models.token_bytes import TokenBytes
from labkit.traces import SamplingParams, Trace, TraceGroup
from labkit.traces.families import Thinking


class LocalModel(NearestName, LanguageModel):
    """A model whose network `transformers` computes in this process; `labkit.load` makes it.

    Attributes:
        name: the name that it was loaded by.
        family: chooses the rules for tags and steps.
        network: the stock `transformers` model.
        tokenizer: its tokenizer.
        load_line: the line that loads it again; None for a model that is in no file, such as a trained copy.
        loaded_state: `weights_state` of the network when it was loaded.
    """

    is_local = True

    def __init__(
        self, name: str, network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, family: str,
        tags: families.Tags | None = None,
    ) -> None:  # fmt: skip
        self.name, self.network, self.tokenizer, self.family = name, network, tokenizer, family
        if tags is not None:
            self.tags = tags
        self.load_line: str | None = None
        self.loaded_state = weights_state(network)
        session.MODELS.add(self)

    @checks_arguments
    def think(
        self,
        prompt: Prompt,
        *,
        temperature: float | None = None,
        top_p: float | None = None,
        top_k: int | None = None,
        max_new_tokens: int | None = None,
        seed: int = 0,
        thinking: Thinking = None,
        show: bool | None = None,
        capture: str | Capture | None = None,
        family: str = "",
        tags: Sequence[str] | None = None,
    ) -> Trace:
        """Generates one thought and its answer, streams it into the cell, and returns the trace.

        The Stop button of the view and the kernel's Interrupt both end the generation early and keep the
        partial trace (`trace.finish == "interrupted"`).

        Args:
            prompt: a string, a task's problem, or chat messages.
            temperature: 0 is greedy; by default what the model's authors advise (`labkit.catalog`), or
                0.6 as for R1 (R1-README).
            top_p: 0 to 1; samples from the likeliest tokens with this total mass; by default as advised, or 0.95.
            top_k: samples from this many of the likeliest tokens, 0 for all; by default as advised (Qwen3: 20),
                or all.
            max_new_tokens: the most tokens to generate; by default the rest of the context.
            seed: the same seed gives the same thought.
            thinking: False turns thinking off, if the chat template has a switch for it (Qwen3); an effort, such
                as "low", or a budget in tokens, if it has a variable for that (gpt-oss; Seed-OSS).
            show: whether to show the thought in the notebook; by default True in a notebook.
            capture: `"qk"` keeps queries and keys, for `labkit.AttentionView` and `labkit.inside`
                (`trace.inside`); a `labkit.inside.Capture` selects the layers and the storage.
            family, tags: the family, or the opening and the closing tag, by which this thought is read; by default
                those that the model was loaded with.

        Raises:
            LabkitError: invalid arguments, a prompt that the model cannot read, too little memory, or a
                kind of attention that cannot be captured.
        """
        traces = reading_as(self, family, tags)._run(
            prompt, 1, show=show, capture=parse_capture(capture),
            temperature=temperature, top_p=top_p, top_k=top_k, max_new_tokens=max_new_tokens, seed=seed,
            thinking=thinking,
        )  # fmt: skip
        session.RESULTS.add(traces[0])
        return traces[0]

    @checks_arguments
    def sample(
        self,
        prompt: Prompt,
        *,
        n: int = 16,
        temperature: float | None = None,
        top_p: float | None = None,
        top_k: int | None = None,
        max_new_tokens: int | None = None,
        seed: int = 0,
        thinking: Thinking = None,
        family: str = "",
        tags: Sequence[str] | None = None,
    ) -> TraceGroup:
        """Samples `n` rollouts of one prompt as one batch; arguments as in `think`.

        Interrupt keeps the tokens of every rollout so far. A bar shows how many rollouts have ended.

        Raises:
            LabkitError: as `think`; or the KV cache of `n` rollouts does not fit.
        """
        check_rollouts(n)
        traces = reading_as(self, family, tags)._run(
            prompt, n, show=False, counted=True,
            temperature=temperature, top_p=top_p, top_k=top_k, max_new_tokens=max_new_tokens, seed=seed,
            thinking=thinking,
        )  # fmt: skip
        group = TraceGroup(tuple(traces))
        session.RESULTS.add(group)
        return group

    @checks_arguments
    def read_text(
        self,
        prompt: Prompt,
        text: str,
        *,
        thinking: Thinking = None,
        show: bool | None = None,
        capture: str | Capture | None = None,
        family: str = "",
        tags: Sequence[str] | None = None,
    ) -> Trace:
        """Reads a completion that another model or a person wrote, and returns it as a trace of this model.

        No token is sampled: each token gets the log-probability, the entropy and the alternatives that this model would
        have had there (teacher forcing). So a small model shows where the thought of a large one surprises it. Stop and
        Interrupt keep the tokens that were read.

        Args:
            prompt: as in `think`.
            text: the completion, with its tags; an opening tag that a server removed is added.
            thinking, show, capture, family, tags: as in `think`.

        Raises:
            LabkitError: the text is empty or longer than the context, its KV cache does not fit into the memory, or it
                has words that an embedded model was never trained on.

        >>> import labkit
        >>> model = labkit.load("r1-mini").local()
        >>> trace = model.read_text("Using 3, 5 and 9, make 24.", "3 * 5 = 15.", show=False)
        >>> trace.text, len(trace.tokens.logprobs) == len(trace)
        ('3 * 5 = 15.', True)
        """
        model = reading_as(self, family, tags)
        trace = read_text(model, prompt, text, thinking=thinking, show=show, capture=parse_capture(capture))
        session.RESULTS.add(trace)
        return trace

    def prefill(self, ids: list[int], *, prompt: int, capture: Capture | None = None) -> QKCapture:
        """Prefills tokens without generating any, and keeps the queries and keys of all of them.

        Args:
            ids: prompt and completion, (N,).
            prompt: number of prompt tokens.
            capture: what to keep; by default all layers.

        Raises:
            LabkitError: the tokens do not fit into the context or the memory, or the model cannot be captured.
        """
        self.require_capture()
        capture = capture or Capture()
        self.check_length(len(ids))
        require_rollouts(self.network, len(ids), 1, capture)
        keeper = QKRecorder(self.network, capture, len(ids))
        prefill(self.network, torch.tensor([ids], device=self.network.device), keeper)
        return self._inside(keeper, ids, prompt)

    def unload(self) -> int:
        """Frees the weights, and returns their size in bytes. The memory of traces and views stays.

        A later use of the model raises an error with the line that loads it again.

        Raises:
            LabkitError: the weights are in no file (a trained copy) or were changed, so that they would be lost.
        """
        return unload(vars(self).get("original", self))

    @property
    def is_loaded(self) -> bool:
        """Whether the weights are in memory."""
        return "network" in vars(vars(self).get("original", self))

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Explains why an unloaded model has no network; any other unknown name gets the nearest name."""
            if name == "network" and "original" in vars(self):  # a copy with other tags
                return vars(self)["original"].network
            if name == "network":
                raise unloaded_error(self)
            return super().__getattr__(name)

    def local(self) -> LocalModel:
        """The model itself."""
        return self

    def require_capture(self) -> None:
        """Checks that queries and keys can be captured.

        Raises:
            LabkitError: whatever computes the network keeps them to itself.
        """

    def check_length(self, tokens: int) -> None:
        """Refuses a text that is longer than the context.

        Raises:
            LabkitError: `tokens`, prompt and completion together, exceed the context.
        """
        if tokens > self._context():
            raise BadArgument(
                f"These {tokens:,} tokens do not fit into the {self._context():,} of {self.name}.",
                why="what lies beyond the context was never trained.",
                next="labkit.load(trace.model)  # the model that had the thought",
            )

    def new_token_limit(self, prompt_tokens: int, requested: int | None) -> int:
        """The number of tokens to generate: as requested, limited by the context; by default at most 8,192.

        Raises:
            LabkitError: `requested` is not a whole number from 1, or the prompt fills the context.
        """
        context = self._context()
        if prompt_tokens >= context:
            raise BadArgument(
                f"The prompt has {prompt_tokens:,} tokens, and {self.name} can hold {context:,} in all.",
                why="thought and answer must fit behind the prompt.",
                next=f'model.think("{prompts.EXAMPLE}")',
            )
        room = context - prompt_tokens
        if requested is None:
            return min(room, 8_192)
        check_max_new_tokens(requested)
        return min(room, requested)

    def __repr__(self) -> str:
        if not self.is_loaded:
            return f"Model({self.name}: unloaded)"
        network, kind = self.network, self.precision
        facts = [f"{quantization.count_parameters(network):,} parameters", str(network.config.model_type)]
        if kind != "float32" or network.device.type != "cpu":
            facts.append(f"{kind} on {network.device}")
        entry = catalog.find(self.name)
        if entry is not None and entry.think == "none":
            facts.append("not a reasoning model")
        return f"Model({self.name}: {', '.join(facts)})"

    # -- internals -------------------------------------------------------------------------------

    @property
    def precision(self) -> str:
        """Precision of the matrices: `"float32"`, `"bfloat16"`, `"int8"`, ..."""
        return quantization.dtype_name(self.network)

    @cached_property
    def pieces(self) -> TokenBytes:
        """The bytes of each token."""
        return TokenBytes(self.tokenizer, families.text_special_ids(self.tokenizer, self.tags))

    @cached_property
    def tags(self) -> families.Tags:
        """The tags that delimit the reasoning."""
        return families.tags_of(self.tokenizer, self.family)

    @cached_property
    def end_ids(self) -> list[int]:
        """Tokens that end a completion, from generation config and tokenizer."""
        eos_ids = getattr(self.network.generation_config, "eos_token_id", None)
        listed = eos_ids if isinstance(eos_ids, list) else [eos_ids]
        return sorted({i for i in [*listed, self.tokenizer.eos_token_id] if i is not None})

    def _run(self, prompt: Prompt, n: int, *, show: bool | None, max_new_tokens: int | None, seed: int,
             temperature: float | None, top_p: float | None, top_k: int | None, thinking: Thinking,
             capture: Capture | None = None, counted: bool = False) -> list[Trace]:  # fmt: skip
        if capture is not None:
            self.require_capture()
        head, outside = head_for(self, prompt, thinking)
        ids = head.prompt_ids
        temperature, top_p, top_k = families.sampling(
            self.name, temperature, top_p, top_k, family=self.family
        )
        params = SamplingParams.validated(
            temperature=temperature, top_p=top_p, top_k=top_k, seed=seed,
            max_new_tokens=self.new_token_limit(len(ids), max_new_tokens),
        )  # fmt: skip
        longest = len(ids) + params.max_new_tokens
        require_rollouts(self.network, longest, n, capture)
        if outside:
            warn(outside, stacklevel=4)
        keeper = QKRecorder(self.network, capture, longest) if capture is not None else None
        head = head.model_copy(update={"settings": params})
        recorders = [Recorder(head, self.pieces) for _ in range(n)]
        stop = Event()
        steps = self._steps(ids, recorders, params, stop, keeper)
        if n == 1 and (show or (show is None and in_notebook())):
            traces = [generation_thread.run_shown(steps, recorders[0], stop)]
        elif counted:
            traces = generation_thread.run_counted(steps, recorders, n, stop)
        else:
            traces = generation_thread.run(steps, recorders, stop)
        if keeper is None:
            return [trace.attach(language_model=self) for trace in traces]
        inside = self._inside(keeper, [*ids, *traces[0].tokens.ids], len(ids))
        return [traces[0].attach(language_model=self, inside=inside)]

    def _inside(self, keeper: QKRecorder, ids: list[int], prompt: int) -> QKCapture:
        """The recorded queries and keys; other layers are recomputed on demand."""

        def recompute(layer: int) -> tuple[Tensor, Tensor]:
            capture = Capture(layers=[layer], ceiling=1 << 62)
            return self.prefill(ids[: inside.count], prompt=prompt, capture=capture).layer(layer)

        inside = keeper.inside(prompt)
        inside.recompute = recompute
        return inside

    def check_rows(self, ids: list[int]) -> None:
        """Refuses a token without an embedding row, such as one that was added to the tokenizer alone.

        Raises:
            LabkitError: there is such a token.
        """
        if max(ids, default=0) >= self.network.config.get_text_config().vocab_size:
            raise FileDamaged(
                f"{self.name} has no row of its embedding for {self.pieces.text(max(ids))!r}.",
                why="the token was added to the tokenizer and not to the network.",
                next="copy tokenizer.json and tokenizer_config.json of the same model into its folder",
            )

    def _context(self) -> int:
        """The most tokens of prompt and completion together."""
        return int(getattr(self.network.config.get_text_config(), "max_position_embeddings", 1 << 20))

    def _steps(
        self,
        ids: list[int],
        recorders: list[Recorder],
        params: SamplingParams,
        stop: Event,
        keeper: QKRecorder | None,
    ) -> Generator[None]:
        """Decodes into the recorders; each `next` is one step of all rollouts."""
        start = time.perf_counter()

        def on_prefill(tokens: int) -> None:
            recorders[0].prefilled = tokens

        with capturing(self.network, keeper):
            for column in sample_batch(
                self.network, torch.tensor([ids], device=self.network.device), params,
                end_ids=self.end_ids, generator=torch.Generator().manual_seed(params.seed or 0),
                repeat=len(recorders), alternatives=TOP_K, vocab_size=len(self.tokenizer),
                fast_path=len(recorders) > 1, keeper=keeper, stop=stop, on_prefill=on_prefill,
            ):  # fmt: skip
                record_column(recorders, column, time.perf_counter() - start, self.end_ids)
                yield
