"""What a second thread does to R1-mini, on a machine that is idle and on one whose other core is busy.

    python tests/bench/threads.py

Sixteen rollouts of one problem, as labkit draws them (one thread) and as torch would by itself, in pairs,
first alone and then beside a process that counts. The ratio is what counts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import nullcontext

import torch
from _machine import machine

import labkit
from labkit.models.runtime import threads

ROUNDS = 3


def seconds(model: labkit.Model) -> float:
    began = time.perf_counter()
    model.sample("Using 3, 5 and 9, make 24.", n=16, max_new_tokens=120)
    return time.perf_counter() - began


def compare(model: labkit.Model, name: str) -> None:
    one, all_ = [], []
    kept = threads.threads_for
    for _ in range(ROUNDS):
        one.append(seconds(model))
        threads.threads_for = lambda _: nullcontext()  # type: ignore[assignment]
        try:
            all_.append(seconds(model))
        finally:
            threads.threads_for = kept
    a, b = sorted(one)[ROUNDS // 2], sorted(all_)[ROUNDS // 2]
    print(
        f"{name:24} one thread {a:6.2f} s   {torch.get_num_threads()} threads {b:6.2f} s   ratio {b / a:.2f}",
        flush=True,
    )


def main() -> None:
    print(machine("torch", "transformers"))
    model = labkit.load("r1-mini-cold")
    seconds(model)
    compare(model, "idle")
    cores = torch.get_num_threads()
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(max(1, cores - 1))]
    try:
        compare(model, f"{len(busy)} of {cores} cores busy")
    finally:
        for process in busy:
            process.kill()


if __name__ == "__main__":
    main()
