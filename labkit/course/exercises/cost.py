"""The exercises of the lesson *Open and closed: what reasoning costs*."""

from collections.abc import Callable
from typing import Any

from labkit.course.checks import Case
from labkit.course.registry import Exercise

# 100 tokens of prompt, 8,000 of thought and 400 of answer, at 0.55 and 2.19 USD a million.
QUESTION = (100, 8_000, 400, 0.55, 2.19)
# A card of 30,000 USD over 5 years, half used, at 2,000 tokens a second.
CARD = (30_000, 5, 0.5, 2_000)
HOUR = 30_000 / (5 * 365 * 24)
MILLION = HOUR / (2_000 * 3_600 * 0.5) * 1_000_000

TRAINING_ROWS = (
    "v3-cost",
    "v3-cost-check",
    "v3-cost-left-out",
    "v3-hours",
    "v3-rent",
    "v3-cluster-price",
    "v3-gpus",
    "r1-cost",
    "r1-with-base",
    "r1-cost-check",
    "o1-cost",
)


def sentence(number: int) -> Callable[[Any], bool]:
    """Whether an answer names this sentence."""
    return lambda mine: mine[0] == number


def swapped(mine: Any) -> bool:
    """Whether the id stands in place of the number."""
    return isinstance(mine[0], str) and isinstance(mine[1], int)


EXERCISES = (
    Exercise(
        "cost-1",
        writes="question_price",
        minutes=5,
        cases=(
            Case(
                QUESTION,
                (100 * 0.55 + 8_400 * 2.19) / 1_000_000,
                {
                    (100 * 0.55 + 400 * 2.19) / 1_000_000: "Close: the thought is billed, too, as output.",
                    (8_100 * 0.55 + 400 * 2.19)
                    / 1_000_000: "Close: the thought counts as output, not as input.",
                    100 * 0.55
                    + 8_400 * 2.19: "Close: the prices are for a million tokens, so divide by 1,000,000.",
                    8_400
                    * 2.19
                    / 1_000_000: "Close: the prompt is billed, too, at the price of input tokens.",
                    8_500
                    * 2.19
                    / 1_000_000: "Close: the prompt has a price of its own, that of input tokens.",
                },
            ),
            Case((0, 1_000_000, 0, 1.0, 60.0), 60.0),
        ),
        hint="Add the tokens of thought and answer before you multiply by the price of output tokens.",
        solution=(
            "def question_price(prompt, thought, answer, input_price, output_price):\n"
            "    output = thought + answer\n"
            "    return (prompt * input_price + output * output_price) / 1_000_000\n"
        ),
        talk="The input hardly matters here. Ask for which questions it would: long documents, short answers.",
        wrong={
            "def question_price(prompt, thought, answer, input_price, output_price):\n"
            "    return (prompt * input_price + answer * output_price) / 1_000_000": "the thought is billed, too",
            "def question_price(prompt, thought, answer, input_price, output_price):\n"
            "    return ((prompt + thought) * input_price + answer * output_price) / 1e6": "not as input",
            "def question_price(prompt, thought, answer, input_price, output_price):\n"
            "    return prompt * input_price + (thought + answer) * output_price": "divide by 1,000,000",
            "def question_price(prompt, thought, answer, input_price, output_price):\n"
            "    return (thought + answer) * output_price / 1e6": "the prompt is billed, too",
            "def question_price(prompt, thought, answer, input_price, output_price):\n"
            "    return (prompt + thought + answer) * output_price / 1e6": "a price of its own",
            "def question_price(prompt, thought, answer, input_price, output_price):\n"
            "    print(prompt * input_price)": "write return in place of print",
        },
    ),
    Exercise(
        "cost-2",
        writes="million_tokens",
        minutes=8,
        cases=(
            Case(
                CARD,
                MILLION,
                {
                    MILLION
                    / 2: "Close: the card costs the same in each hour, and it writes only in half of them.",
                    MILLION / 4: "Close: an idle card writes fewer tokens, so divide by the utilisation.",
                    MILLION * 3_600: "Close: the speed is for a second, and an hour has 3,600 of them.",
                    MILLION / 1_000_000: "Close: that is one token. The exercise asks for a million.",
                    MILLION * 24: "Close: a year has 365 times 24 hours.",
                    1 / MILLION: "Upside down: divide the cost of an hour by the tokens of an hour.",
                    HOUR: "Close: that is the cost of an hour. How many tokens does the card write in an hour?",
                },
            ),
            Case(
                (30_000, 5, 1.0, 2_000),
                MILLION / 2,
                {MILLION: "Close: use the argument utilisation in place of a number."},
            ),
            Case((30_000, 2.5, 0.5, 2_000), 2 * MILLION),
        ),
        hint="First the cost of an hour, then the tokens that the card writes in an hour, then their quotient.",
        solution=(
            "def million_tokens(card, years, utilisation, speed):\n"
            "    hour = card / (years * 365 * 24)\n"
            "    tokens = speed * 3_600 * utilisation\n"
            "    return hour / tokens * 1_000_000\n"
        ),
        talk="Half the life and half the utilisation have the same effect here. With interest and power they differ.",
        wrong={
            "def million_tokens(card, years, utilisation, speed):\n"
            "    return card / (years * 8760) / (speed * 3600) * 1e6": "only in half of them",
            "def million_tokens(card, years, utilisation, speed):\n"
            "    return card / (years * 8760) / (speed * 3600) * utilisation * 1e6": "divide by the utilisation",
            "def million_tokens(card, years, utilisation, speed):\n"
            "    return card / (years * 8760) / (speed * utilisation) * 1e6": "an hour has 3,600",
            "def million_tokens(card, years, utilisation, speed):\n"
            "    return card / (years * 8760) / (speed * 3600 * utilisation)": "that is one token",
            "def million_tokens(card, years, utilisation, speed):\n"
            "    return card / (years * 365) / (speed * 3600 * utilisation) * 1e6": "365 times 24 hours",
            "def million_tokens(card, years, utilisation, speed):\n"
            "    return card / (years * 8760)": "the cost of an hour",
            "def million_tokens(card, years, utilisation, speed):\n"
            "    return speed * 3600 * utilisation / 1e6 / (card / (years * 8760))": "Upside down",
            "def million_tokens(card, years, utilisation, speed):\n"
            "    return card / (years * 8760) / (speed * 3600 * 0.5) * 1e6": "use the argument utilisation",
        },
    ),
    Exercise(
        "cost-3",
        writes="my_sentence, my_row",
        value=True,
        asks="the number of a sentence and the id of a row",
        minutes=7,
        cases=(
            Case(
                (),
                lambda mine: mine[0] == 3 and mine[1] in TRAINING_ROWS,
                [
                    (swapped, "Swapped: the number of the sentence comes first, then the id."),
                    (sentence(1), "Sentence 1 agrees with its rows, r1-aime24-pass1 and o1-aime24-pass1."),
                    (sentence(2), "Sentence 2 agrees with its rows, price-r1-output and price-o1-output."),
                    (
                        sentence(4),
                        "Sentence 4 agrees with its rows, capex-meta-2025-plan-low and capex-meta-2025-plan.",
                    ),
                    (
                        sentence(3),
                        "That is the sentence. Now give the id of a row about the training of V3, R1 or o1, as text.",
                    ),
                ],
                expected="the number of one sentence, 1 to 4, and the id of one row, as text",
            ),
        ),
        hint="Read the claims of facts('training'). Which model do the 5.576 million belong to? What do they count?",
        solution='my_sentence = 3\nmy_row = "v3-cost"\n',
        done=(
            "Right. The figure is the rent of the final training of V3, the base model. "
            "And OpenAI has published no figure for o1."
        ),
        talk="Two errors in one sentence: the wrong model, and a comparison without a second figure.",
        wrong={
            'my_sentence = "v3-cost"\nmy_row = 3': "Swapped",
            'my_sentence = 1\nmy_row = "o1-aime24-pass1"': "Sentence 1 agrees",
            'my_sentence = 2\nmy_row = "price-r1-output"': "Sentence 2 agrees",
            'my_sentence = 4\nmy_row = "capex-meta-2025"': "Sentence 4 agrees",
            'my_sentence = 3\nmy_row = "price-r1-output"': "Now give the id",
            "my_sentence = 3\nmy_row = None": "Not answered yet",
            'my_sentence = 7\nmy_row = "v3-cost"': "1 to 4",
        },
    ),
)
