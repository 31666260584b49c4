"""Traces: tokens, logprobs, alternatives, thought and answer, steps.

This package does not import torch.
"""

import warnings
from typing import Any

from labkit.traces.answers import Answer, Answers
from labkit.traces.blocks import Block, blocks
from labkit.traces.group import TraceGroup
from labkit.traces.measures import Measures, MeasureTable, measure
from labkit.traces.opening import open_source as open
from labkit.traces.outline import Outline, Section
from labkit.traces.problem import ProblemRecord
from labkit.traces.questions import StepKind
from labkit.traces.sampling_params import SamplingParams
from labkit.traces.segmenter import Segmenter
from labkit.traces.selection import TraceSelection, TraceSequence
from labkit.traces.split import Parts, split
from labkit.traces.steps import Step, segment
from labkit.traces.text import is_text_only, with_words, word_tokens
from labkit.traces.tokens import Alternative, Token, Tokens
from labkit.traces.trace import Trace
from labkit.traces.trace_set import Skipped, TraceSet

__all__ = [
    "Alternative",
    "Answer",
    "Answers",
    "Block",
    "MeasureTable",
    "Measures",
    "Outline",
    "Parts",
    "ProblemRecord",
    "SamplingParams",
    "Section",
    "Segmenter",
    "Skipped",
    "Step",
    "StepKind",
    "Token",
    "Tokens",
    "Trace",
    "TraceGroup",
    "TraceSelection",
    "TraceSequence",
    "TraceSet",
    "blocks",
    "is_text_only",
    "measure",
    "open",
    "segment",
    "split",
    "with_words",
    "word_tokens",
]


def __getattr__(name: str) -> Any:
    if name != "Settings":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        "labkit.traces.Settings is now labkit.traces.SamplingParams.", DeprecationWarning, stacklevel=2
    )
    return SamplingParams
