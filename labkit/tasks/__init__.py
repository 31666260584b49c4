"""Tasks and their problems, each with a verifier, and the held-out split of Countdown."""

from labkit.tasks import addition, countdown
from labkit.tasks import exact as exact
from labkit.tasks import math_answers as math_answers
from labkit.tasks._gym import gym
from labkit.tasks._jsonl import from_jsonl
from labkit.tasks.answers import Answer, read_answer
from labkit.tasks.problem import Problem
from labkit.tasks.task import (
    Task,
    problem_of,
    read_prompt,
    register,
    registered,
    task_of,
    verdict_of,
)
from labkit.tasks.verdict import Verdict

__all__ = [
    "Answer",
    "Problem",
    "Task",
    "Verdict",
    "addition",
    "countdown",
    "from_jsonl",
    "gym",
    "problem_of",
    "read_answer",
    "read_prompt",
    "register",
    "registered",
    "task_of",
    "verdict_of",
]
