"""A small network computes with one thread wherever it computes, and leaves the process as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from labkit.models import LocalModel
from labkit.models.local.sampling import sample_batch
from labkit.models.runtime.threads import ONE_THREAD_BELOW, cpu_quota, threads_for
from labkit.traces import SamplingParams


@pytest.fixture
def two() -> Iterator[None]:
    was = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(was)


class Large:
    def num_parameters(self) -> int:
        return ONE_THREAD_BELOW + 1


@pytest.mark.usefixtures("two")
def test_drawing_takes_one_thread_and_gives_the_others_back(mini: LocalModel) -> None:
    seen = []
    prompt = torch.tensor([mini.tokenizer.encode("Using 3, 5 and 9, make 24.")])
    params = SamplingParams(temperature=0, top_p=1, max_new_tokens=3)
    for _ in sample_batch(mini.network, prompt, params, end_ids=mini.end_ids, generator=torch.Generator()):
        seen.append(torch.get_num_threads())
    assert seen == [1, 1, 1] and torch.get_num_threads() == 2


@pytest.mark.usefixtures("two")
def test_what_is_drawn_does_not_hang_on_the_number_of_cores(mini: LocalModel) -> None:
    def texts() -> list[str]:
        return [t.text for t in mini.sample("Using 3, 5 and 9, make 24.", n=4, seed=3)]

    with_two = texts()
    torch.set_num_threads(1)
    assert texts() == with_two


@pytest.mark.usefixtures("two")
def test_a_large_network_keeps_the_threads_that_its_container_has(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, expected in ((None, 2), (1, 1), (8, 2)):
        monkeypatch.setattr("labkit.models.runtime.threads.cpu_quota", lambda cores=cores: cores)
        with threads_for(Large()):
            assert torch.get_num_threads() == expected
        assert torch.get_num_threads() == 2


@pytest.mark.parametrize(
    ("text", "cores"),
    [("150000 100000\n", 2), ("50000 100000\n", 1), ("max 100000\n", None), ("?\n", None), (None, None)],
)
def test_the_quota_of_a_container(tmp_path: Path, text: Any, cores: int | None) -> None:
    folder = tmp_path / "sys/fs/cgroup"
    folder.mkdir(parents=True)
    if text is not None:
        (folder / "cpu.max").write_text(text)
    assert cpu_quota(tmp_path) == cores
