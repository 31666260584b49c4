"""The logprobs of a thought's tokens under another policy, by one forward pass."""

from __future__ import annotations

from labkit._arguments import checks_arguments
from labkit.inside.forks.prefix_cache import score_tokens
from labkit.inside.sequence import reader_of, sequence
from labkit.models import LanguageModel
from labkit.models.runtime.kv_cache import new_cache
from labkit.traces import Trace


@checks_arguments
def logprobs(trace: Trace, model: LanguageModel) -> list[float]:
    """log p of each token of the completion under `model`, in nats at temperature 1, (T,).

    With `trace.tokens.logprobs` (those of the sampling policy) they give GRPO's importance ratio:
    rho_t = exp(logprobs(trace, model)[t] - trace.tokens.logprobs[t]).

    Raises:
        LabkitError: the trace has no prompt ids, the model lacks some of its tokens, or the trace is longer
            than the model's context.
    """
    reader, ids = reader_of(trace, model), sequence(trace)
    cache = new_cache(reader.network)
    return score_tokens(reader, ids, len(trace.prompt_ids), cache).logprobs
