"""The examples of the page *Bring your own thoughts* run as they stand there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "labkit/site/own-thoughts.md"
LOG = Path(__file__).resolve().parents[1] / "traces/formats/inspect.eval"
BLOCK = re.compile(
    r"```\{code-block\} \w+\n:caption: (?P<file>\S+)\n\n(?P<content>.*?)```|```python\n(?P<code>.*?)```", re.S
)
RESULT = re.compile(r"^(?P<code>\S.*?)  # (?P<result>.+)$")


def test_every_example_of_the_page_gives_what_stands_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.chdir(tmp_path)
    shutil.copy(LOG, "log.eval")
    names: dict[str, object] = {}
    compared = 0
    for block in BLOCK.finditer(PAGE.read_text("utf-8")):
        if block["file"]:
            Path(block["file"]).parent.mkdir(exist_ok=True)
            Path(block["file"]).write_text(block["content"], "utf-8")
            continue
        exec(block["code"], names)
        for line in block["code"].splitlines():
            result = RESULT.match(line)
            if result:
                assert repr(eval(result["code"], names)) == result["result"], line
                compared += 1
    assert compared == 13


def test_the_page_names_every_reader() -> None:
    from labkit.traces.readers import registered

    text = PAGE.read_text("utf-8").lower()
    names = {
        "a row with named columns": "one row is one thought",
        "a text": "## a text",
        "labkit": "labkit.open",
    }
    for reader in registered():
        first = reader.name.split()[0].lower()
        assert names.get(reader.name, first) in text, reader.name
