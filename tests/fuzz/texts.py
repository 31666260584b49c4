"""Texts of a model through the splitter and the rules of steps, and chat templates."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

from hypothesis import strategies as st

from labkit.models import prompts
from labkit.traces import Trace, blocks, segment, split
from tests.fuzz.guard import Format
from tests.fuzz.hostile import TEXTS, pieces

TAGS = ["<think>", "</think>", "<|im_start|>think", "<|im_start|>answer", "<|channel|>analysis<|message|>",
        "<|channel|>final<|message|>", "\u241e", "<answer>", "</answer>"]  # fmt: skip
WORDS = ["Wait, ", "Let me check", "Alternatively", "So ", "3 + 5 = 8: ", "try ", "\n", "\n\n", "```", "- ", "**", "1. ", "#", "\r", "\u2028", "a" * 500]  # fmt: skip


class Thought(NamedTuple):
    """A text with tags around its thought."""

    text: str
    opened: bool
    open_tag: str
    close_tag: str
    family: str


thoughts = st.builds(
    Thought, pieces(TAGS, WORDS, TEXTS), st.booleans(), st.sampled_from(TAGS) | st.text(max_size=3),
    st.sampled_from(TAGS) | st.text(max_size=3), st.sampled_from(["", "r1-mini", "r1", "s1", "gpt-oss"]),
)  # fmt: skip


def cut(case: Thought) -> None:
    """Splits a text into thought and answer, and the thought into steps."""
    parts = split(case.text, opened=case.opened, open_tag=case.open_tag, close_tag=case.close_tag)
    for start, end in (parts.thinking, parts.answer):
        assert 0 <= start <= end <= len(case.text)
    steps = segment(case.text, family=case.family)
    assert all(a.end <= b.start for a, b in itertools.pairwise(steps))
    trace = Trace(model="m", prompt="p", text=case.text, finish="stop", opened=case.opened, open_tag=case.open_tag,
                  close_tag=case.close_tag, family=case.family)  # fmt: skip
    assert repr(trace)
    blocks(trace)


JINJA = ["{{", "}}", "{%", "%}", "{#", "#}", " messages ", " for m in messages ", " endfor ", " if ", " endif ", " m['content'] ", "m.role",
         " range(10**9) ", " 1/0 ", " 'a'*(10**10) ", " 1+'a' ", " set x = ", "[" * 500, "(" * 90, " raise_exception('no') ", "|tojson",
         "|length", "|join", "|replace('a', 'aa')", " add_generation_prompt ", " namespace(x=1) ", "self", ".__class__", ".__init__", " loop ",
         " macro f(x) ", " endmacro ", "f(f)", " include 'x' ", " import 'x' as y ", " ~ ", " * ", " 99999 ", " ** ", "<think>", "a"]  # fmt: skip
WHOLE = [
    "{{ 'a'*(10**10) }}", "{% for i in range(99999) %}{% for j in range(99999) %}a{% endfor %}{% endfor %}", "{{ range(10**9)|list }}",
    "{{ 1/0 }}", "{{ 1+'a' }}", "{{ " + "[" * 500 + "]" * 500 + " }}", "", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{{ ''.__class__.__mro__ }}", "{{ 9**9**9 }}", "{{ ('%' ~ 10**9 ~ 'd')|format(1) }}", "{{ messages }}",
]  # fmt: skip
templates = pieces(JINJA) | st.sampled_from(WHOLE)


def render(template: str) -> None:
    """Renders a chat template on a prompt."""
    from transformers import PreTrainedTokenizerFast

    tok: Any = PreTrainedTokenizerFast(tokenizer_object=_tokenizer(), bos_token="<s>")
    tok.chat_template = template
    text = prompts.templated(tok, [{"role": "user", "content": "hi"}], add_generation_prompt=True)
    assert isinstance(text, str)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models

    return Tokenizer(models.WordLevel({"<s>": 0, "hi": 1}, unk_token="<s>"))


FORMATS = [Format("thoughts", thoughts, cut), Format("templates", templates, render, kept=tuple(WHOLE))]
