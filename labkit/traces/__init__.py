"""What did it think?

A trace: tokens, log-probabilities, alternatives, thought and answer, steps. No torch here.
"""

from labkit.traces.blocks import Block, blocks
from labkit.traces.group import TraceGroup
from labkit.traces.split import Parts, split
from labkit.traces.steps import Step, segment
from labkit.traces.trace import Alternative, Settings, Token, Tokens, Trace

__all__ = [
    "Alternative",
    "Block",
    "Parts",
    "Settings",
    "Step",
    "Token",
    "Tokens",
    "Trace",
    "TraceGroup",
    "blocks",
    "segment",
    "split",
]
