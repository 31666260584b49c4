"""What the lesson *GRPO by hand* claims, as assertions over its saved outputs."""

from tests.lessons.lesson import Lesson


def moved(lesson: Lesson) -> list[tuple[float, bool]]:
    """(reward, whether the rollout became more likely) of each rollout of the group."""
    lines = [
        line for line in lesson.output("value = round(loss.item()").splitlines() if line.startswith("earned")
    ]
    return [(float(line.split()[1].rstrip(":")), line.endswith("more likely")) for line in lines]


ALLOWED = {
    "Six": "the lines of the loop of REINFORCE, counted",
}
CLAIMS = {
    "its held-out pass@1 rose from 59 % to 82 %": lambda lesson: (
        "from 59 % to 82 %" in lesson.output("recorded = labkit.training.Run.load")
    ),
    "The view reports a rise from 45 % to 70 %": lambda lesson: (
        "from 45 % to 70 % (50 % to 90 %, 20 problems)" in lesson.output("run = labkit.training.grpo(")
    ),
    "The interval of the change lies above zero": lambda lesson: (
        lesson.rows("first = run.step(1)")[-1][1:] == [0.05, 0.45]
    ),
    "the thoughts also became longer, from 181 to 236 tokens": lambda lesson: (
        "length 180.969 -> 235.547" in lesson.output("on_policy = torch.zeros")
    ),
    "the rollouts that earned 1.2 became more likely": lambda lesson: (
        len(moved(lesson)) == 8 and all(likelier == (reward > 1) for reward, likelier in moved(lesson))
    ),
}
DEFINITIONS = (
    "That decides nothing, because both were measured on the same 20 puzzles",
    "In this run the model never saw a solution",
    "neither does a puzzle that is never solved",
    "It keeps the smaller of the two",
    "authors blame this for wrong answers that grow longer",
    "R1 adds one more term",
)
