"""What is the model asked? Problem generators, each with a verifier, and countdown's held-out split."""

from labkit.tasks import countdown
from labkit.tasks._gym import gym
from labkit.tasks._jsonl import from_jsonl
from labkit.tasks.problem import Problem

__all__ = ["Problem", "countdown", "from_jsonl", "gym"]
