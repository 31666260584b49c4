"""`Model`: think once with everything shown, or sample a group at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cached_property
from threading import Event
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from labkit._notebook import in_notebook
from labkit.errors import LabkitError
from labkit.models import prompts, worker
from labkit.models.memory import kv_bytes, require
from labkit.models.pieces import Pieces
from labkit.models.prompts import Prompt
from labkit.models.recorder import Recorder, head_of
from labkit.models.sampler import decode
from labkit.traces import Settings, Trace, TraceGroup

TOP_K = 8  # alternatives kept at each position
EMBEDDED_FAMILY = "r1-mini"


class Model:
    """A model that thinks; made by `labkit.load`.

    Attributes:
        name: what it was loaded as.
        family: chooses the rules for tags and steps.
        network: the stock `transformers` model.
        tokenizer: its tokenizer.
    """

    def __init__(
        self, name: str, network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, family: str
    ) -> None:
        self.name, self.network, self.tokenizer, self.family = name, network, tokenizer, family

    def think(
        self,
        prompt: Prompt,
        *,
        temperature: float = 0.6,
        top_p: float = 0.95,
        max_new_tokens: int | None = None,
        seed: int = 0,
        show: bool | None = None,
    ) -> Trace:
        """Lets the model think once, streaming into the cell, and returns the trace.

        The Stop button of the view and the kernel's Interrupt both end it early and keep what there
        is (`trace.finish == "interrupted"`).

        Args:
            prompt: a string, a task's problem, or chat messages.
            temperature: 0 is greedy; R1's authors advise 0.5 to 0.7 (R1-README).
            top_p: 0 to 1; the likeliest tokens of this mass are drawn from.
            max_new_tokens: the most tokens to write; by default what the context has room for.
            seed: the same seed gives the same thought.
            show: whether to show it in the notebook; by default if there is one.

        Raises:
            LabkitError: bad arguments, a prompt that the model cannot read, or too little memory.
        """
        traces = self._run(
            prompt, 1, show=show,
            temperature=temperature, top_p=top_p, max_new_tokens=max_new_tokens, seed=seed,
        )  # fmt: skip
        return traces[0]

    def sample(
        self,
        prompt: Prompt,
        *,
        n: int = 16,
        temperature: float = 0.6,
        top_p: float = 0.95,
        max_new_tokens: int | None = None,
        seed: int = 0,
    ) -> TraceGroup:
        """Samples `n` rollouts of one prompt as one batch; arguments as in `think`.

        Interrupt keeps what every rollout has so far.

        Raises:
            LabkitError: as `think`; or the KV cache of `n` rollouts does not fit.
        """
        if not isinstance(n, int) or n < 1:
            raise LabkitError(f"n={n!r} rollouts cannot be sampled.", why="n is a whole number from 1.",
                              next="group = model.sample(prompt, n=16)")  # fmt: skip
        traces = self._run(
            prompt, n, show=False,
            temperature=temperature, top_p=top_p, max_new_tokens=max_new_tokens, seed=seed,
        )  # fmt: skip
        return TraceGroup(tuple(traces))

    def __repr__(self) -> str:
        return f"Model({self.name}: {self.network.num_parameters():,} parameters, {self.network.config.model_type})"

    # -- how -------------------------------------------------------------------------------------

    @cached_property
    def pieces(self) -> Pieces:
        """The bytes of each token."""
        return Pieces(self.tokenizer)

    @cached_property
    def end_ids(self) -> list[int]:
        """Tokens that end a completion, of generation config and tokenizer together."""
        said = getattr(self.network.generation_config, "eos_token_id", None)
        listed = said if isinstance(said, list) else [said]
        return sorted({i for i in [*listed, self.tokenizer.eos_token_id] if i is not None})

    def _run(self, prompt: Prompt, n: int, *, show: bool | None, max_new_tokens: int | None, seed: int,
             temperature: float, top_p: float) -> list[Trace]:  # fmt: skip
        chat = prompts.messages(prompt)
        if self.family == EMBEDDED_FAMILY:
            prompts.check_understood(self.tokenizer, chat, self.name)
        text = prompts.templated(self.tokenizer, chat)
        ids = prompts.encode(self.tokenizer, text)
        settings = check_settings(temperature, top_p, self._room(len(ids), max_new_tokens), seed)
        longest = len(ids) + settings.max_new_tokens
        require(
            n * kv_bytes(self.network.config, longest, width=self.network.dtype.itemsize),
            what=f"The KV cache of {n} x {longest:,} tokens",
            next=f"model.{'think(prompt, ' if n == 1 else f'sample(prompt, n={max(1, n // 2)}, '}max_new_tokens=512)",
        )
        head = head_of(
            model=self.name, family=self.family, prompt=chat[-1]["content"], prompt_text=text, prompt_ids=ids,
            pieces=self.pieces, settings=settings,
        )  # fmt: skip
        recorders = [Recorder(head, self.pieces) for _ in range(n)]
        stop = Event()
        steps = self._steps(ids, recorders, settings, stop)
        if n == 1 and (show or (show is None and in_notebook())):
            return [worker.run_shown(steps, recorders[0], head, stop).attach(thinker=self)]
        return [trace.attach(thinker=self) for trace in worker.run(steps, recorders, stop)]

    def _room(self, prompt_tokens: int, wanted: int | None) -> int:
        """How many tokens may be written: what is wanted, as far as the context reaches."""
        context = int(getattr(self.network.config.get_text_config(), "max_position_embeddings", 1 << 20))
        if prompt_tokens >= context:
            raise LabkitError(
                f"The prompt has {prompt_tokens:,} tokens, and {self.name} can hold {context:,} in all.",
                why="thought and answer must fit behind the prompt.",
                next=f'model.think("{prompts.EXAMPLE}")',
            )
        room = context - prompt_tokens
        if wanted is None:
            return min(room, 8_192)
        if not isinstance(wanted, int) or isinstance(wanted, bool) or wanted < 1:
            raise LabkitError(f"max_new_tokens={wanted!r} is not possible.", why="it is a whole number from 1.",
                              next="model.think(prompt, max_new_tokens=512)")  # fmt: skip
        return min(room, wanted)

    def _steps(
        self, ids: list[int], recorders: list[Recorder], settings: Settings, stop: Event
    ) -> Iterator[None]:
        """Decodes into the recorders, one step of all rollouts at each `next`."""
        start = time.perf_counter()
        for draw in decode(
            self.network, torch.tensor([ids], device=self.network.device),
            repeat=len(recorders), top_k=TOP_K, known=len(self.tokenizer), lean=len(recorders) > 1,
            stop=stop, end_ids=self.end_ids,
            temperature=settings.temperature, top_p=settings.top_p, max_new_tokens=settings.max_new_tokens,
            generator=torch.Generator().manual_seed(settings.seed or 0),
        ):  # fmt: skip
            now = time.perf_counter() - start
            columns = (draw.ids, draw.logps, draw.entropies, draw.top_ids, draw.top_logps)
            for row, id, logp, entropy, top, top_logps in zip(
                draw.rows.tolist(), *(c.tolist() for c in columns), strict=True
            ):
                recorders[row].add(id, logp, entropy, now, top, top_logps, ended=id in self.end_ids)
            yield


def check_settings(temperature: Any, top_p: Any, max_new_tokens: int, seed: Any) -> Settings:
    """The settings, if they are possible.

    Raises:
        LabkitError: naming the one that is not, and its range.
    """
    real = (int, float)
    for name, value, right, span, example in (
        ("temperature", temperature, isinstance(temperature, real) and 0 <= temperature < float("inf"),
         "a number from 0 (greedy) up; R1's authors advise 0.6", 0.6),
        ("top_p", top_p, isinstance(top_p, real) and 0 < top_p <= 1, "a number above 0 and up to 1", 0.95),
        ("seed", seed, isinstance(seed, int) and 0 <= seed < 2**63, "a whole number from 0", 0),
    ):  # fmt: skip
        if not right or isinstance(value, bool):
            raise LabkitError(f"{name}={value!r} is not possible.", why=f"{name} is {span}.",
                              next=f"model.think(prompt, {name}={example})")  # fmt: skip
    return Settings(temperature=temperature, top_p=top_p, max_new_tokens=max_new_tokens, seed=seed)
