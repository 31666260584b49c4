"""The exercises of the lesson *A real distill*."""

from operator import not_

from labkit.course.checks import Case
from labkit.course.registry import Exercise

_WORD_ALONE = "Close: this sentence has such a word, and takes nothing back. What stands beside the word?"


def _takes_back(sentence: str, slip: str) -> Case:
    return Case((sentence,), bool, [(not_, slip)], "True")


def _goes_on(sentence: str) -> Case:
    return Case((sentence,), not_, [(bool, _WORD_ALONE)], "False")


EXERCISES = (
    Exercise(
        "distill-1",
        writes="cache_bytes",
        minutes=7,
        cases=(
            Case(
                (28, 2, 128, 1),
                28_672,
                [
                    (14_336, "Close: half of it. Keys and values both, and two bytes a number."),
                    (7_168, "Close: a quarter of it. Keys and values both, and two bytes a number."),
                ],
            ),
            Case((28, 8, 128, 8_000), 917_504_000, {114_688: "Close: that is one token. Times the tokens."}),
        ),
        hint="Keys and values (2), for each layer, each KV head, each of its numbers, 2 bytes, each token.",
        solution=(
            "def cache_bytes(layers, kv_heads, head_size, tokens):\n"
            "    return 2 * layers * kv_heads * head_size * 2 * tokens\n"
        ),
        done="Right: the second call is Qwen3-0.6B, 918 MB for 8,000 tokens.",
        talk="Ask which of the four numbers an architect can lower without losing layers: the KV heads (GQA).",
        wrong={
            "def cache_bytes(layers, kv_heads, head_size, tokens):\n"
            "    return layers * kv_heads * head_size * 2 * tokens": "half of it",
            "def cache_bytes(layers, kv_heads, head_size, tokens):\n"
            "    return layers * kv_heads * head_size * tokens": "a quarter of it",
            "def cache_bytes(layers, kv_heads, head_size, tokens):\n"
            "    return 2 * layers * kv_heads * head_size * 2": "Times the tokens",
        },
    ),
    Exercise(
        "distill-2",
        writes="goes_back",
        minutes=7,
        cases=(
            _takes_back("Wait, that is wrong.", "A comma behind Wait: the thought turns here."),
            _goes_on("Wait for the train."),
            _takes_back("Go back. Now 3 * 8 = 24.", "This is how R1-mini takes a step back."),
            _goes_on("She goes back to the shop and buys 4 pens."),
            _takes_back(
                "I made a mistake in the first line.", "A step back without Wait: look for mistake, too."
            ),
            _takes_back("No, 17 + 25 is 42.", "A step back without Wait: No, and a comma."),
            _goes_on("There is no remainder."),
            _goes_on("Now I wait no longer and add 5."),
        ),
        hint="Look for a word at the beginning with the sign behind it: `re.search(r'(?i)^wait,', sentence)`.",
        solution=(
            "import re\n\n\n"
            "def goes_back(sentence):\n"
            "    return bool(re.search(r'(?i)^(wait|no|go back)[,.]|mistake', sentence))\n"
        ),
        done="Right: eight sentences. Ten texts of another model will show what this rule misses.",
        talk="Ask for a sentence that this rule gets wrong: 'The check shows that it was not a mistake.'",
        wrong={
            "def goes_back(sentence):\n    return 'Wait' in sentence": "What stands beside the word",
            "def goes_back(sentence):\n    return sentence.startswith('Wait,')": "how R1-mini takes a step back",
            "def goes_back(sentence):\n"
            "    return sentence.startswith(('Wait,', 'Go back.'))": "look for mistake",
            "def goes_back(sentence):\n    return False": "the thought turns here",
        },
    ),
)
