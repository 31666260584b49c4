"""`Trace`: the record of one completion, which can be saved and read without the model.

Schema version 1, one JSON object in `*.trace.json`, MIME type `application/vnd.labkit.trace+json`.
The format has columns instead of rows: a list for each quantity, one entry a token, so that 8,000
tokens stay small and fast to read. Reading a trace does not need torch.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import JsonValue, PrivateAttr, ValidationError, field_validator
from pydantic_core import PydanticSerializationError

from labkit._arguments import checks_arguments
from labkit._host.atomic_write import write_text
from labkit._host.paths import typed_path
from labkit._names import no_attribute
from labkit._printable import printable
from labkit.errors import BadArgument, LabkitError, Unsupported
from labkit.traces import families
from labkit.traces.outline import Outline, outline
from labkit.traces.own_steps import OwnSteps, as_steps, check_own_steps, find_own_steps, own_steps_of_new_text
from labkit.traces.problem import ProblemRecord
from labkit.traces.record import Record
from labkit.traces.sampling_params import SamplingParams
from labkit.traces.segmenter import Segmenter, StepRule
from labkit.traces.split import Parts, split
from labkit.traces.steps import Step, segment
from labkit.traces.tokens import Alternative, Token, Tokens
from labkit.traces.trace_file import damaged_trace, read_record, trace_file

if TYPE_CHECKING:
    from labkit.inside import QKCapture
    from labkit.models import LanguageModel
    from labkit.models.remote.request import ChatRequest

VERSION = 1
MIME = "application/vnd.labkit.trace+json"

Finish = Literal["stop", "length", "interrupted"]


class Trace(Record):
    """One completion of one prompt.

    Attributes:
        prompt: the user's prompt.
        prompt_text: the templated prompt; `prompt_ids` and `prompt_texts` are its tokens.
        text: the completion: the UTF-8 text of all tokens, tags included.
        tokens: its token columns.
        pieces: the text of every id in `top_ids`.
        model: name of the model; `family` chooses the rules for tags and steps.
        opened: whether the prompt already has the opening think tag.
        finish: `"stop"` (end token), `"length"` (max_new_tokens) or `"interrupted"`.
        problem: the task and the columns of the problem; None for a free question.
        rewards: the reward of each rule, by the rule's name, if the file or the log that was read holds them.
        metadata: other values that came with the completion, such as its id in a log.
        own_steps: the steps by a rule of the user's own, as (start, end, kind); None for the rules of the family.
    """

    version: Literal[1] = 1
    model: str
    family: str = ""
    prompt: str
    prompt_text: str = ""
    prompt_ids: list[int] = []
    prompt_texts: list[str] = []
    text: str
    tokens: Tokens = Tokens()
    pieces: dict[int, str] = {}
    open_tag: str = "<think>"
    close_tag: str = "</think>"
    opened: bool = False
    finish: Finish
    settings: SamplingParams = SamplingParams()
    problem: ProblemRecord | None = None
    rewards: dict[str, float] = {}
    metadata: dict[str, JsonValue] = {}
    own_steps: OwnSteps | None = None

    # Not part of the record and its file.
    _inside: QKCapture | None = PrivateAttr(None)
    _language_model: LanguageModel | None = PrivateAttr(None)
    _request: ChatRequest | None = PrivateAttr(None)
    _segmenter: Segmenter | None = PrivateAttr(None)

    _check_own_steps = field_validator("own_steps")(check_own_steps)

    @classmethod
    @checks_arguments
    def from_text(
        cls,
        prompt: str,
        text: str,
        *,
        family: str = "",
        tags: Sequence[str] | None = None,
        open_tag: str | None = None,
        close_tag: str | None = None,
        opened: bool = False,
        model: str = "unknown",
        problem: Any = None,
        finish: Literal["stop", "length", "interrupted"] = "stop",
    ) -> Trace:
        r"""A trace from text without tokens: a saved completion, a row of a data set, a chat log.

        Views show its steps and report that probabilities are missing; rewards and outcomes can judge it.

        Args:
            prompt: the prompt.
            text: the completion, tags included.
            family: chooses the tags and the rule for steps, such as "r1-mini", "gpt-oss" or "s1".
            tags: the opening and the closing tag of the thought, in place of those of the family.
            open_tag, close_tag: each of them alone.
            opened: whether the template of the prompt wrote the opening tag, so that the text lacks it.
            model: name of the model, for labels.
            problem: the problem, for the rules: a problem of `labkit.tasks` or its columns.
            finish: `"length"` for a text that was cut off by the token limit.

        Raises:
            LabkitError: prompt or text is not a string, the family is unknown, or `tags` is not a pair of texts.

        >>> Trace.from_text("2 + 2?", "<think>Two pairs.\n\nWait, check: 4.</think>4").steps[1].kind
        'check'
        """
        families.check_family(family)
        own = families.named(family).tags if tags is None else families.tags_of_pair(tags, family)
        return cls(
            model=model, family=family, prompt=prompt, text=text, opened=opened, finish=finish,
            open_tag=own.open if open_tag is None else open_tag,
            close_tag=own.close if close_tag is None else close_tag,
            problem=ProblemRecord.of(problem),
        )  # fmt: skip

    if not TYPE_CHECKING:  # a type checker must still see the declared names

        def __getattr__(self, name: str) -> Any:
            """Raises an error that names the nearest attribute; called for unknown names."""
            if name.startswith("_"):
                return super().__getattr__(name)
            raise no_attribute(self, name)

    # -- reading ---------------------------------------------------------------------------------

    @cached_property
    def parts(self) -> Parts:
        """Character ranges of thought and answer in `text`."""
        return split(
            self.text,
            opened=self.opened,
            open_tag=self.open_tag,
            close_tag=self.close_tag,
            family=self.family,
        )

    @property
    def thinking(self) -> str:
        """The thought, without its tags."""
        return self.text[slice(*self.parts.thinking)].strip()

    @property
    def answer(self) -> str:
        """The text after the thought; empty if the thought has not ended."""
        return self.text[slice(*self.parts.answer)].strip()

    @cached_property
    def steps(self) -> list[Step]:
        """The steps of the thought; `labkit.traces.steps` has the rules, `with_steps` takes your own."""
        if self.own_steps is not None:
            return as_steps(self.text, self.own_steps)
        start, end = self.parts.thinking
        return segment(self.text[start:end], offset=start, family=self.family)

    @checks_arguments
    def with_steps(self, rule: StepRule | Segmenter | None) -> Self:
        """A copy with steps by a rule of your own, which its views, importances, tables and comparisons use as well.

        A trace that continues this one, such as a rollout of a fork, uses the same rule. The file holds the resulting
        steps, and not the rule.

        Args:
            rule: a function that gives the character ranges of the steps of a thought, or a `Segmenter`, which can also
                choose the kinds; None for the rules of the family.

        Raises:
            LabkitError: the rule raises, or its ranges overlap or lie outside of the thought.
        """
        segmenter = None if rule is None else Segmenter.of(rule)
        copy = self.model_copy(update={"own_steps": find_own_steps(self, segmenter)})
        copy._segmenter = segmenter
        return copy

    @property
    def segmenter(self) -> Segmenter | None:
        """The rule that `with_steps` was called with; None for the rules of the family, and for a trace from a file."""
        return self._segmenter

    @cached_property
    def outline(self) -> Outline:
        """The steps in sections by strategy: `print(trace.outline)`; `labkit.traces.outline` has the rules."""
        return outline(self)

    @cached_property
    def char_starts(self) -> list[int]:
        """(T + 1,): the index of the character of `text` in which each token begins, and the length of the text.

        Tokens inside the same character have the same index.
        """
        byte_of_char = [0, *accumulate(len(c.encode("utf-8", "surrogatepass")) for c in self.text)]
        char_at: dict[int, int] = {}
        for i, (a, b) in enumerate(pairwise(byte_of_char)):
            char_at |= dict.fromkeys(range(a, b), i)
        ends = list(accumulate(self.tokens.sizes, initial=0))
        return [char_at.get(e, len(self.text)) for e in ends]

    @checks_arguments
    def token_range(self, start: int, end: int) -> tuple[int, int]:
        """The tokens `[first, last)` that begin in characters `[start, end)` of `text`."""
        inside = [i for i, c in enumerate(self.char_starts[:-1]) if start <= c < end]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)

    @checks_arguments
    def token(self, index: int) -> Token:
        """Token `index` with all its columns; negative indices count from the end.

        Raises:
            LabkitError: `index` is out of range.
        """
        t, n = self.tokens, len(self.tokens)
        if not -n <= index < n:
            raise BadArgument(
                f"This trace has no token {index!r}.",
                why=f"it has {n}, counted from 0.",
                next="trace.token(0)",
            )
        i = index % n
        start = sum(t.sizes[:i])
        return Token(
            i, t.ids[i], t.texts[i] if t.texts else self._text_of(i), start, start + t.sizes[i],
            t.logprobs[i] if t.logprobs else None,
            t.entropies[i] if t.entropies else None,
            t.times[i] if t.times else None,
            tuple(self.alternatives(i)),
        )  # fmt: skip

    def _text_of(self, i: int) -> str:
        """The text that token `i` adds, if the column of texts is empty."""
        return self.text[slice(*self.char_starts[i : i + 2])]

    @checks_arguments
    def alternatives(self, index: int) -> list[Alternative]:
        """The likeliest tokens at a position, likeliest first; empty if they were not recorded."""
        if not self.tokens.top_ids:
            return []
        rows = zip(self.tokens.top_ids[index], self.tokens.top_logprobs[index], strict=True)
        return [Alternative(i, self.pieces.get(i, f"[{i}]"), p) for i, p in rows]

    # -- not saved in the file ---------------------------------------------------------------------

    @property
    def inside(self) -> QKCapture:
        """The captured queries and keys, for `labkit.AttentionView` and `labkit.inside`.

        Raises:
            LabkitError: the trace has no capture.
        """
        model, inside = self._language_model, self._inside
        if inside is None and model is not None and not model.is_local:
            raise Unsupported(
                "The inside of this trace is out of reach.",
                why=f"{self.model} runs on a server, which sends text and log-probabilities and no queries or keys.",
                next='trace = labkit.load("r1-mini").think(prompt, capture="qk")  # a model in this process',
            )
        if inside is None:
            raise LabkitError(
                "This trace was recorded without its inside.",
                why="attention is worked out from queries and keys, and a trace holds them only on request.",
                next='trace = model.think(prompt, capture="qk")',
            )
        return inside

    @property
    def language_model(self) -> LanguageModel | None:
        """The model that generated the trace, while it is in memory; None for a trace from a file."""
        return self._language_model

    @property
    def thinker(self) -> LanguageModel | None:
        """The old name of `language_model`."""
        warnings.warn("trace.thinker is now trace.language_model.", DeprecationWarning, stacklevel=2)
        return self._language_model

    @property
    def request(self) -> ChatRequest | None:
        """The request that a server answered with this trace, while it is in memory; None for any other trace."""
        return self._request

    def attach(
        self, *, inside: QKCapture | None = None, language_model: LanguageModel | None = None,
        request: ChatRequest | None = None,
    ) -> Self:  # fmt: skip
        """Attaches a capture, the model or the request to the trace; the record and its file hold none of them."""
        copy = self.model_copy()
        copy._inside = inside or self._inside
        copy._language_model = language_model or self._language_model
        copy._request = request or self._request
        return copy

    def __eq__(self, other: object) -> bool:
        """Whether the records are the same, whatever is attached to them."""
        if not isinstance(other, Trace):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Trace.model_fields)

    def __len__(self) -> int:
        return len(self.tokens)

    def __repr__(self) -> str:
        kinds = Counter(step.kind for step in self.steps).items()
        counts = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds))
        steps = f"{len(self.steps)} steps ({counts})" if counts else "no steps"
        return f"Trace({printable(self.model)}: {len(self)} tokens, {steps}, finish={self.finish!r})"

    __str__ = __repr__

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields changed; derived values are recomputed."""
        copy = super().model_copy(update=update, deep=deep)
        for name in ("parts", "steps", "outline", "char_starts"):
            copy.__dict__.pop(name, None)
        changed = set(update or ())
        if changed & {"text", "tokens", "prompt_ids"}:  # the capture does not fit another completion
            copy._inside = None
        if changed & {"text", "opened", "open_tag", "close_tag"}:
            copy.__dict__["own_steps"] = own_steps_of_new_text(copy, self._segmenter)
        return copy

    def to_frame(self) -> Any:
        """A `pandas.DataFrame` with one row a token; `labkit.traces.tables.token_columns` has the columns.

        Raises:
            LabkitError: pandas is not installed.
        """
        from labkit.traces import tables

        return tables.frame(tables.token_columns(self))

    # -- files -----------------------------------------------------------------------------------

    @checks_arguments
    def save(self, path: str | Path) -> Path:
        """Writes the trace, whole or not at all, and returns the path.

        Raises:
            LabkitError: the disk is full, or the folder missing or read-only, or `path` is not a path.
        """
        path = trace_file(path)
        write_text(path, self._as_json() + "\n")
        return path

    def _as_json(self) -> str:
        try:
            return self.model_dump_json(exclude=self._unused())
        except PydanticSerializationError:  # a lone surrogate in a prompt: UTF-8 needs an escape
            return json.dumps(self.as_record())

    def as_record(self) -> dict[str, Any]:
        """The trace as plain data, as in its file."""
        return self.model_dump(exclude=self._unused())

    def _unused(self) -> set[str]:
        """Fields that a file leaves out if they are empty: a labkit from before them can read it."""
        unused = {name for name in ("rewards", "metadata") if not getattr(self, name)}
        return unused if self.own_steps is not None else unused | {"own_steps"}

    @classmethod
    @checks_arguments
    def load(cls, path: str | Path) -> Trace:
        """Reads a trace that `save` wrote.

        Raises:
            LabkitError: the file is missing, broken, or from a newer labkit.
        """
        path = typed_path(path, next='labkit.Trace.load("my.trace.json")')
        raw = read_record(path, VERSION)
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            raise damaged_trace(
                path, f"{'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}"
            ) from None
