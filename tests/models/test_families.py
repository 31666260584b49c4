"""Families: how each marks its thought, and the traps of their templates.

The tokenizers are built here: single bytes, and the special tokens that the family has. The templates are
our own, and do what the family's does (facts.md 2.3 and 2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, processors
from tokenizers import models as kinds
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from labkit import LabkitError, Trace
from labkit.inside import fork
from labkit.models import LocalModel, families, prompts
from labkit.models.local.recorder import Recorder, head_of
from labkit.traces import SamplingParams
from labkit.traces.blocks import blocks

BOS, EOS, USER, ASSISTANT = (
    "<｜begin▁of▁sentence｜>",
    "<｜end▁of▁sentence｜>",
    "<｜User｜>",
    "<｜Assistant｜>",
)
START, END = "<|im_start|>", "<|im_end|>"

R1 = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if m['role'] == 'system' %}{{ m['content'] }}"
    f"{{% elif m['role'] == 'user' %}}{USER}{{{{ m['content'] }}}}"
    f"{{% else %}}{ASSISTANT}{{{{ m['content'].split('</think>') | last }}}}{EOS}{{% endif %}}{{% endfor %}}"
    f"{{% if add_generation_prompt %}}{ASSISTANT}OPENED{{% endif %}}"
)
CHATML = (
    f"{{% for m in messages %}}{START}{{{{ m['role'] }}}}\n{{{{ m['content'] }}}}{END}\n{{% endfor %}}"
    f"{{% if add_generation_prompt %}}{START}assistant\n{{% endif %}}"
)
SWITCHED = "{% if add_generation_prompt and enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}"
HARMONY = (
    "{% for m in messages %}{% if '<|channel|>' in m['content'] %}{{ raise_exception('a channel in a message') }}{% endif %}"
    "<|start|>{{ m['role'] }}<|message|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant{% endif %}"
)


@dataclass(frozen=True)
class Family:
    """What makes a family: its special tokens, those that it merely added, begin and end token, template."""

    name: str
    special: tuple[str, ...]
    added: tuple[str, ...]
    bos: str | None
    eos: str
    template: str | None


FAMILIES = {
    family.name: family
    for family in (
        Family("deepseek-r1", (BOS, EOS), (USER, ASSISTANT, "<think>", "</think>"), BOS, EOS, R1.replace("OPENED", "<think>\n")),
        Family("r1-first", (BOS, EOS), (USER, ASSISTANT, "<think>", "</think>"), BOS, EOS, R1.replace("OPENED", "")),
        Family("qwen", (START, END), ("<think>", "</think>"), None, END, CHATML + SWITCHED),
        Family("text", (START, END), (), None, END, CHATML),  # writes its tags letter by letter
        Family("special", (START, END, "<think>", "</think>"), (), None, END, CHATML),
        Family("s1", (START, END), (), None, END, CHATML),
        Family("gpt-oss", ("<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>"), (), None, "<|return|>", HARMONY),
        Family("none", (BOS, EOS), (), BOS, EOS, None),
    )
}  # fmt: skip


def tokenizer(family: Family) -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(kinds.BPE(vocab={b: i for i, b in enumerate(alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(list(family.special))
    backend.add_tokens(list(family.added))
    if family.bos:  # as the distills' tokenizers do, which makes a second begin token easy to get
        at = backend.token_to_id(family.bos)
        backend.post_processor = processors.TemplateProcessing(
            single=f"{family.bos} $A", special_tokens=[(family.bos, at)]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token=family.bos, eos_token=family.eos, chat_template=family.template,
        additional_special_tokens=[t for t in family.special if t not in (family.bos, family.eos)],
    )  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Callable[[str], LocalModel]:
    """A random network with the tokenizer of a family; `config.bos_token_id` is the end token, as in the distills."""
    made: dict[str, LocalModel] = {}

    def of(name: str) -> LocalModel:
        if name not in made:
            torch.manual_seed(0)
            tok = tokenizer(FAMILIES[name])
            config = Qwen2Config(
                vocab_size=len(tok), hidden_size=32, intermediate_size=32, num_hidden_layers=1,
                num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=512,
                bos_token_id=tok.eos_token_id, eos_token_id=tok.eos_token_id,
            )  # fmt: skip
            made[name] = LocalModel(name, Qwen2ForCausalLM(config).eval(), tok, family=name)
        return made[name]

    return of


def written(model: LocalModel, text: str, **told: bool) -> Trace:
    """The trace of a model that answers with this text, recorded token by token as a real one is."""
    given = prompts.templated(model.tokenizer, prompts.messages("What is 2 + 2?"), **told)
    head = head_of(
        model=model.name, family=model.family, prompt="", prompt_text=given, vocabulary=model.pieces,
        prompt_ids=prompts.encode(model.tokenizer, given), settings=SamplingParams(), tags=model.tags,
    )  # fmt: skip
    recorder = Recorder(head, model.pieces)
    for id in model.tokenizer.encode(text, add_special_tokens=False):
        recorder.record(id, 0.0, 0.0, 0.0, [], [], ended=id in model.end_ids)
    return recorder.trace(recorder.finish_reason(stopped=False))


ANALYSIS, FINAL = "<|channel|>analysis<|message|>", "<|channel|>final<|message|>"
SEAM = "<|end|><|start|>assistant"

# The four tag cases of each family: what it writes, and thought and answer of that.
CASES = [
    ("deepseek-r1", f"2 and 2.\n</think>\n\n4{EOS}", "2 and 2.", "4"),  # the template wrote the opening tag
    ("deepseek-r1", f"<think>\n2 and 2.\n</think>\n\n4{EOS}", "2 and 2.", "4"),  # written once more
    ("deepseek-r1", f"\n</think>\n\n4{EOS}", "", "4"),
    ("deepseek-r1", "2 and", "2 and", ""),  # cut off
    ("r1-first", f"<think>\n2 and 2.\n</think>\n\n4{EOS}", "2 and 2.", "4"),
    ("r1-first", f"<think>\n\n</think>\n\n4{EOS}", "", "4"),  # the empty thought of R1's README
    ("r1-first", f"4{EOS}", "", "4"),
    ("r1-first", "<think>\n2 and", "2 and", ""),
    ("qwen", f"<think>\n2 and 2.\n</think>\n\n4{END}", "2 and 2.", "4"),
    ("qwen", f"4{END}", "", "4"),
    ("qwen", "<think>\n2 and", "2 and", ""),
    ("text", f"<think>2 and 2.</think>4{END}", "2 and 2.", "4"),
    ("text", f"2 and 2.</think>4{END}", "2 and 2.", "4"),
    ("text", f"4{END}", "", "4"),
    ("text", "<think>2 and 2.</thi", "2 and 2.</thi", ""),
    ("text", "<thi", "", ""),  # cut off inside the tag: neither yet
    ("special", f"<think>2 and 2.</think>4{END}", "2 and 2.", "4"),
    ("special", "<think>2 and", "2 and", ""),
    ("special", f"4{END}", "", "4"),
    ("s1", f"{START}think\n2 and 2.\n{START}answer\n4{END}", "2 and 2.", "4"),
    ("s1", f"{START}think\n2 and", "2 and", ""),
    ("s1", f"4{END}", "", "4"),
    ("gpt-oss", f"{ANALYSIS}2 and 2.{SEAM}{FINAL}4<|return|>", "2 and 2.", "4"),
    ("gpt-oss", f"{ANALYSIS}2 and", "2 and", ""),
    ("gpt-oss", f"{FINAL}4<|return|>", "", "4"),  # it need not think
    ("gpt-oss", f"{ANALYSIS}a{SEAM}{ANALYSIS}b{SEAM}{FINAL}4<|return|>", f"a{SEAM}{ANALYSIS}b", "4"),
    ("gpt-oss", "<|channel|>ana", "", ""),
    ("none", f"4{EOS}", "", "4"),
    ("none", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("family", "text", "thought", "answer"), CASES)
def test_thought_and_answer_of_every_family(
    model: Callable[[str], LocalModel], family: str, text: str, thought: str, answer: str
) -> None:
    trace = written(model(family), text)
    assert (trace.thinking, trace.answer) == (thought, answer)
    roles = [b.role for b in blocks(trace)]
    assert ("step" in roles, "answer" in roles) == (bool(thought), bool(answer))
    assert Trace.model_validate_json(trace.model_dump_json()).thinking == thought  # without the model too


@pytest.mark.parametrize(
    ("family", "opens"), [("deepseek-r1", True), ("r1-first", False), ("qwen", False), ("gpt-oss", False)]
)
def test_who_opened_the_thought_is_seen_from_the_template(
    model: Callable[[str], LocalModel], family: str, opens: bool
) -> None:
    assert written(model(family), "").opened is opens


def test_a_question_about_the_tag_opens_no_thought(model: Callable[[str], LocalModel]) -> None:
    for family in ("r1-first", "qwen", "text"):
        given = prompts.templated(model(family).tokenizer, prompts.messages("What is <think>"))
        assert not families.prompt_opens_thinking(given, model(family).tags)


def test_the_prompt_has_one_begin_token_and_no_end_token_before_it(
    model: Callable[[str], LocalModel],
) -> None:
    """`config.bos_token_id` of R1-Distill-Qwen is its end token, and its tokenizer would add a second begin token."""
    r1 = model("deepseek-r1")
    tok, text = r1.tokenizer, prompts.templated(r1.tokenizer, prompts.messages("Hi"))
    assert text == f"{BOS}{USER}Hi{ASSISTANT}<think>\n"  # and no system prompt
    ids = prompts.encode(tok, text)
    assert ids.count(tok.bos_token_id) == 1 and ids[0] == tok.bos_token_id != r1.network.config.bos_token_id
    assert tok.eos_token_id not in ids
    assert tok.encode(text)[:2] == [tok.bos_token_id] * 2  # the trap
    assert r1.think("Hi", max_new_tokens=1).prompt_ids == ids
    bare = model("none").tokenizer
    assert prompts.encode(bare, "Hi")[0] == bare.bos_token_id  # without a template nobody else writes it


def test_r1_forgets_its_earlier_thoughts(model: Callable[[str], LocalModel]) -> None:
    turns = [
        {"role": "user", "content": "2 + 2?"},
        {"role": "assistant", "content": "SECRET</think>4"},
        {"role": "user", "content": "And 3 more?"},
    ]
    trace = model("deepseek-r1").think(turns, max_new_tokens=1)
    assert trace.prompt_text == f"{BOS}{USER}2 + 2?{ASSISTANT}4{EOS}{USER}And 3 more?{ASSISTANT}<think>\n"


def test_qwen3_can_be_told_not_to_think(model: Callable[[str], LocalModel]) -> None:
    qwen = model("qwen")
    off, on = (qwen.think("Hi", thinking=t, max_new_tokens=1) for t in (False, True))
    assert off.prompt_text == f"{START}user\nHi{END}\n{START}assistant\n<think>\n\n</think>\n\n"
    assert (
        on.prompt_text
        == qwen.think("Hi", max_new_tokens=1).prompt_text
        == off.prompt_text[: -len("<think>\n\n</think>\n\n")]
    )
    trace = written(qwen, f"4{END}", enable_thinking=False)
    assert (trace.opened, trace.thinking, trace.answer) == (False, "", "4")


@pytest.mark.parametrize("family", ["deepseek-r1", "gpt-oss", "none"])
def test_a_model_without_a_switch_says_so(model: Callable[[str], LocalModel], family: str) -> None:
    with pytest.raises(LabkitError, match=r"no switch|it always thinks; how long is"):
        model(family).think("Hi", thinking=False)


def test_a_switch_is_on_or_off(model: Callable[[str], LocalModel]) -> None:
    with pytest.raises(LabkitError, match="thinking='no'"):
        model("qwen").think("Hi", thinking="no")  # type: ignore[arg-type]


def test_a_template_that_refuses_says_why(model: Callable[[str], LocalModel]) -> None:
    turns = [{"role": "assistant", "content": f"{ANALYSIS}A"}, {"role": "user", "content": "Hi"}]
    with pytest.raises(LabkitError, match="a channel in a message") as caught:
        model("gpt-oss").think(turns)
    assert "trace.answer" in str(caught.value)


def test_tokens_that_make_tags_are_text_and_others_are_not(model: Callable[[str], LocalModel]) -> None:
    assert written(model("gpt-oss"), f"{FINAL}4<|return|>").text == f"{FINAL}4"
    assert written(model("s1"), f"{START}think\nA{END}").text == f"{START}think\nA"
    assert written(model("qwen"), f"A{START}B{END}").text == "AB"
    trace = written(model("gpt-oss"), f"{ANALYSIS}2 und ½{SEAM}{FINAL}4<|return|>")
    assert sum(trace.tokens.sizes) == len(trace.text.encode())


def test_the_authors_advice_is_the_default_and_what_is_given_goes_first() -> None:
    told: Sequence[tuple[str, float | None, float | None, int | None, tuple[float, float, int]]] = [
        ("gpt-oss-20b", None, None, None, (1.0, 1.0, 0)),
        ("gpt-oss-20b", 0, None, None, (0, 1.0, 0)),
        ("openai/gpt-oss-20b", None, 0.5, None, (1.0, 0.5, 0)),
        ("r1-distill-qwen-1.5b", None, None, None, (0.6, 0.95, 0)),
        ("Qwen/Qwen3-0.6B", None, None, None, (0.6, 0.95, 20)),
        ("Qwen/Qwen3-0.6B", None, None, 0, (0.6, 0.95, 0)),
        ("smollm2-135m", None, None, None, (0.6, 0.95, 0)),
        ("a folder of mine", None, None, 5, (0.6, 0.95, 5)),
    ]
    for name, temperature, top_p, top_k, used in told:
        assert families.sampling(name, temperature, top_p, top_k) == used


def test_the_default_is_written_into_the_trace(model: Callable[[str], LocalModel]) -> None:
    qwen = model("qwen")
    oss = LocalModel("gpt-oss-20b", qwen.network, qwen.tokenizer, family="qwen")
    assert oss.think("Hi", max_new_tokens=1).settings.temperature == 1.0
    assert oss.sample("Hi", n=2, max_new_tokens=1)[0].settings.top_p == 1.0
    trace = LocalModel("qwen3-0.6b", qwen.network, qwen.tokenizer, family="qwen").think(
        "Hi", max_new_tokens=4
    )
    assert trace.settings.top_k == 20
    assert fork(trace, 1, n=2, max_new_tokens=1).rollouts[0].settings.top_k == 20, "drawn as the thought was"


def test_a_family_of_ones_own_is_known_to_the_model_the_server_and_the_sampler(
    model: Callable[[str], LocalModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    from labkit.models.remote.identify import family_of, thinking_body
    from labkit.traces.families import family as registry

    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))
    families.register(
        families.Family(
            "brackets",
            tags=families.Tags("[THINK]", "[/THINK]"),
            served_as=("bracket-",),
            switch="reasoning",
            temperature=0.7,
        )
    )
    qwen = model("qwen")
    mine = LocalModel("mine", qwen.network, qwen.tokenizer, family="brackets")
    assert (mine.tags.open, mine.tags.close) == ("[THINK]", "[/THINK]")
    assert mine.think("Hi", max_new_tokens=1).settings.temperature == 0.7
    assert families.sampling("mine", None, None, None, family="brackets") == (0.7, 0.95, 0)
    assert families.force_answer_suffix(mine.tags, mine.family) == "\n[/THINK]\n\nThe final answer is "
    with pytest.raises(LabkitError, match="knows no reasoning"):
        mine.think("Hi", thinking=False)
    assert family_of("org/Bracket-7B") == "brackets"
    assert thinking_body("org/Bracket-7B", "vllm", False) == {"chat_template_kwargs": {"reasoning": False}}
