"""`LanguageModel`: what every model of labkit can do, wherever it runs.

| class | where the network is | what it can do |
|---|---|---|
| `labkit.models.local.model.LocalModel` | in this process, in `transformers` | everything |
| `labkit.models.llamacpp.model.LlamaModel` | in this process, in llama.cpp | everything but capture |
| `labkit.models.remote.model.RemoteModel` | behind an OpenAI-compatible server | think, sample, fork |

Code that needs the network asks for `model.local()`, which is the model itself or an error that names the reason.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from labkit._names import no_attribute
from labkit.errors import BadArgument

if TYPE_CHECKING:
    from labkit.models.families import Tags
    from labkit.models.local.model import LocalModel
    from labkit.models.prompts import Prompt
    from labkit.traces import Trace, TraceGroup
    from labkit.traces.families import Thinking


@runtime_checkable
class LanguageModel(Protocol):
    """A model that thinks; `labkit.load` returns one.

    Attributes:
        name: the name that the model was loaded by.
        family: chooses the rules for tags and steps.
        is_local: whether network and tokenizer are in this process, so that token ids in traces are the model's own.
    """

    name: str
    family: str
    is_local: ClassVar[bool]

    @property
    def tags(self) -> Tags:
        """The tags that delimit the reasoning."""

    def think(
        self, prompt: Prompt, *, temperature: float | None = None, top_p: float | None = None,
        top_k: int | None = None, max_new_tokens: int | None = None, seed: int = 0, thinking: Thinking = None,
        show: bool | None = None, family: str = "", tags: Sequence[str] | None = None,
    ) -> Trace:  # fmt: skip
        """Generates one thought and its answer; see `LocalModel.think`."""

    def sample(
        self, prompt: Prompt, *, n: int = 16, temperature: float | None = None, top_p: float | None = None,
        top_k: int | None = None, max_new_tokens: int | None = None, seed: int = 0, thinking: Thinking = None,
        family: str = "", tags: Sequence[str] | None = None,
    ) -> TraceGroup:  # fmt: skip
        """Samples `n` rollouts of one prompt; see `LocalModel.sample`."""

    def new_token_limit(self, prompt_tokens: int, requested: int | None) -> int:
        """The number of tokens to generate after `prompt_tokens`: as requested, limited by the context if it is known.

        Raises:
            LabkitError: `requested` is not a whole number from 1, or the prompt fills the context.
        """

    def local(self) -> LocalModel:
        """The model itself, for code that needs its network or its tokenizer.

        Raises:
            LabkitError: network and tokenizer are not in this process.
        """


class NearestName:
    """A class whose unknown attributes raise an error that names the nearest one.

    Attributes:
        renamed: names of the last version -> their new names; the old ones work for one version, with a warning.
    """

    renamed: ClassVar[dict[str, str]] = {}

    if not TYPE_CHECKING:  # a type checker must still see the declared names

        def __getattr__(self, name: str) -> Any:
            """Raises the error; Python calls this for unknown names only."""
            if name.startswith("_"):
                raise AttributeError(name)
            if name in self.renamed:
                kind = type(self).__name__
                warnings.warn(f"{kind}.{name} is now {self.renamed[name]}.", DeprecationWarning, stacklevel=2)
                return getattr(self, self.renamed[name])
            raise no_attribute(self, name)


def check_rollouts(n: object, example: str = "group = model.sample(prompt, n=16)") -> None:
    """Checks the number of rollouts.

    Args:
        n: the number.
        example: a line with a valid number, for the error.

    Raises:
        BadArgument: `n` is not a whole number from 1.
    """
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise BadArgument(
            f"n={n!r} rollouts cannot be sampled.", why="n is a whole number from 1.", next=example
        )


def check_max_new_tokens(requested: object) -> None:
    """Checks a requested number of tokens.

    Raises:
        BadArgument: `requested` is not a whole number from 1.
    """
    if not isinstance(requested, int) or isinstance(requested, bool) or requested < 1:
        raise BadArgument(
            f"max_new_tokens={requested!r} is not possible.",
            why="it is a whole number from 1.",
            next="model.think(prompt, max_new_tokens=512)",
        )
