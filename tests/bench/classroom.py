"""Thirty students at one `labkit serve`, against one alone, in the same run.

    python tests/bench/classroom.py [students] [rounds]

A server of its own on loopback, R1-mini, and clients in another process that speak as `labkit.load` does:
streams with log-probabilities and eight alternatives. First one student asks, several times; then all ask
at once, each a problem of Countdown; while they do, a rude one asks and hangs up at the first token. What comes
is timed at the client. All of it shares the cores of one machine, which a real class does not.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from _machine import machine

from labkit.tasks import countdown

if TYPE_CHECKING:
    import openai

TOKEN = "thirty-students"


@dataclass
class Lesson:
    """What one student saw: seconds to the first token and to the last, tokens, and whether it was an answer."""

    first: float
    whole: float
    tokens: int
    failed: bool


def ask(client: openai.OpenAI, prompt: str, seed: int) -> Lesson:
    """One thought, as labkit's client asks for it."""
    import openai

    began, first, tokens, finish = time.perf_counter(), 0.0, 0, None
    try:
        stream = client.chat.completions.create(
            model="r1-mini", messages=[{"role": "user", "content": prompt}], stream=True, seed=seed, temperature=0.6,
            top_p=0.95, max_tokens=4_096, logprobs=True, top_logprobs=8,
        )  # fmt: skip
        for message in stream:
            told = message.choices[0].logprobs
            if told and told.content:
                first = first or time.perf_counter() - began
                tokens += len(told.content)
            finish = message.choices[0].finish_reason or finish
    except openai.OpenAIError:
        finish = None
    return Lesson(first, time.perf_counter() - began, tokens, finish not in ("stop", "length"))


def rude(client: openai.OpenAI) -> None:
    """Asks for a long thought and hangs up."""
    messages: Any = [{"role": "user", "content": "Using 3, 3 and 3, make 997."}]
    stream = client.chat.completions.create(model="r1-mini", messages=messages, stream=True, temperature=0.0)
    next(iter(stream))
    stream.close()


def health(url: str) -> dict[str, Any]:
    """What the server says of itself."""
    with urllib.request.urlopen(url.replace("/v1", "/health"), timeout=30) as answer:
        return json.loads(answer.read())


def memory(process: subprocess.Popen[str], what: str) -> float:
    """Of the server, in MB: `VmHWM` is its peak, `VmRSS` what it holds now."""
    with open(f"/proc/{process.pid}/status") as file:
        return int(next(line for line in file if line.startswith(what)).split()[1]) / 1e3


def row(name: str, lessons: list[Lesson], seconds: float) -> None:
    """A line of the table."""
    firsts = sorted(lesson.first for lesson in lessons)
    tokens = sum(lesson.tokens for lesson in lessons)
    each = statistics.median(lesson.tokens / lesson.whole for lesson in lessons)
    print(
        f"{name:18} first token {statistics.median(firsts) * 1e3:5.0f} ms median {firsts[int(0.9 * (len(firsts) - 1))] * 1e3:5.0f} ms p90"
        f"   {tokens / seconds:6.0f} tokens/s together {each:5.0f} each   {seconds:5.1f} s   failed {sum(x.failed for x in lessons)}",
        flush=True,
    )


def main() -> None:
    students, rounds = (int(x) for x in (*sys.argv[1:], *("30", "3")[len(sys.argv) - 1 :]))
    print(machine("torch", "transformers", "uvicorn"))
    command = [
        sys.executable,
        "-m",
        "labkit",
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--token",
        TOKEN,
    ]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert server.stdout
    said = ""
    while "and type" not in said:
        said += server.stdout.readline()
    url = re.search(r"http://\S+/v1", said)[0]  # type: ignore[index]
    import openai

    client = openai.OpenAI(base_url=url, api_key=TOKEN)
    problems = [p.prompt for p in countdown.problems(students)]
    ask(client, problems[0], 0)
    print(f"server before the class: {memory(server, 'VmHWM'):.0f} MB")
    for each in range(rounds):
        began = time.perf_counter()
        alone = [ask(client, problems[i], each) for i in range(5)]
        row("one alone, 5 times", alone, time.perf_counter() - began)
        began = time.perf_counter()
        with ThreadPoolExecutor(students + 1) as pool:
            asked = [pool.submit(ask, client, problem, each) for problem in problems]
            pool.submit(rude, client).result()
            lessons = [one.result() for one in asked]
        row(f"{students} at once", lessons, time.perf_counter() - began)
    now = health(url)
    print(
        f"after it: peak {memory(server, 'VmHWM'):.0f} MB; thinking {now['thinking']}, waiting {now['waiting']}"
    )
    server.terminate()
    print(server.communicate()[0].strip())


if __name__ == "__main__":
    main()
