"""Qwen3, QwQ and their fine-tunes. The template of a Qwen3 that can do both has the switch `enable_thinking`.

Source: the README of Qwen3.
"""

from labkit.traces.families.family import Family, register

QWEN = register(Family("qwen", switch="enable_thinking", temperature=0.6, top_p=0.95))
