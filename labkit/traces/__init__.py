"""Traces: tokens, logprobs, alternatives, thought and answer, steps.

This package does not import torch.
"""

from labkit.traces.blocks import Block, blocks
from labkit.traces.group import TraceGroup
from labkit.traces.problem import ProblemRecord
from labkit.traces.split import Parts, split
from labkit.traces.steps import Step, segment
from labkit.traces.text import is_text_only, with_words, word_tokens
from labkit.traces.tokens import Alternative, Token, Tokens
from labkit.traces.trace import Settings, Trace

__all__ = [
    "Alternative",
    "Block",
    "Parts",
    "ProblemRecord",
    "Settings",
    "Step",
    "Token",
    "Tokens",
    "Trace",
    "TraceGroup",
    "blocks",
    "is_text_only",
    "segment",
    "split",
    "with_words",
    "word_tokens",
]
