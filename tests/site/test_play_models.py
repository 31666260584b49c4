"""Other models in the playground, and what it says when a part of it cannot be had."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit._host.shipped import data_path

pytestmark = pytest.mark.browser
PROMPT = "Using 3, 5 and 9, make 24."
SETTINGS = {"temperature": 0.6, "top_p": 0.95, "seed": 0, "show": False}
MINUTE = 60_000
MIB = 2**20


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that is not opened yet, with the addresses that it requests."""
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.requested = []
    page.on("request", lambda request: page.requested.append(request.url))
    yield page
    context.close()


def finished(page: Any) -> str:
    """What the page says of a thought that has ended."""
    page.wait_for_selector(".verdict b", timeout=MINUTE)
    return str(page.get_by_text("came to its end").inner_text())


def says(page: Any, sentence: str) -> None:
    page.locator(".status").get_by_text(sentence).wait_for(timeout=MINUTE)
    assert page.locator(".verdict b").count() == 0
    assert page.get_by_role("button", name="Think").is_enabled(), "the reader can try something else"


def choose(page: Any, name: str) -> None:
    page.get_by_text("More").click()
    page.get_by_label("Model", exact=True).select_option(name)


def test_another_model_is_loaded_when_it_is_chosen_and_held_for_the_next_visit(
    page: Any, playground_address: str
) -> None:
    page.goto(playground_address)
    finished(page)
    assert not [url for url in page.requested if "r1-nano" in url or "cold" in url]
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    finished(page)
    choose(page, "r1-nano")
    page.get_by_role("button", name="Think").click()
    page.wait_for_url(re.compile("m=r1-nano"))
    count = len(labkit.load("r1-nano").think(PROMPT, **SETTINGS))
    page.get_by_text(f"{count} tokens, came to its end").wait_for(timeout=MINUTE)
    page.get_by_role("button", name="Copy as Python").wait_for()
    page.context.set_offline(True)
    page.reload()
    assert finished(page).startswith(f"{count} tokens")
    assert page.get_by_label("Model", exact=True).input_value() == "r1-nano"


def test_the_first_thought_takes_at_most_four_megabytes(
    page: Any, playground_address: str, playground: Path
) -> None:
    page.goto(playground_address)
    finished(page)
    names = [url.removeprefix(playground_address) or "index.html" for url in page.requested]
    assert "model/model.safetensors" in names and "service-worker.js" not in names
    assert sum(len(gzip.compress((playground / name).read_bytes())) for name in names) <= 4_000_000


def checkpoint(folder: Path) -> list[str]:
    """A checkpoint as transformers saves it: r1-nano in bfloat16, in two files of weights."""
    import torch
    from transformers import AutoModelForCausalLM

    source = data_path("models", "r1-nano")
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16)
    model.save_pretrained(folder, max_shard_size="600KB")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copyfile(source / name, folder / name)
    return [
        str(folder / "config.json"),
        str(folder / "tokenizer.json"),
        *map(str, folder.glob("*.safetensors")),
    ]


def test_a_checkpoint_of_the_reader_thinks_and_is_not_sent(
    page: Any, playground_address: str, tmp_path: Path
) -> None:
    files = checkpoint(tmp_path)
    assert len(files) > 3, "the weights are in more than one file"
    page.goto(playground_address)
    finished(page)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_load_state("networkidle")
    before = len(page.requested)
    choose(page, "own")
    page.get_by_label("Its files").set_input_files(files)
    page.wait_for_url(re.compile("m=own"))
    finished(page)
    expected = labkit.load(str(tmp_path), dtype="float32").think(PROMPT, **SETTINGS)
    assert page.get_by_text(f"{len(expected)} tokens, came to its end").is_visible()
    assert {*page.requested[before:]} <= {f"{playground_address}icon.svg"}, "nothing is sent"


def own(**files: bytes) -> list[dict[str, Any]]:
    """The files of r1-nano, some with other contents."""
    source = data_path("models", "r1-nano")
    names = {"config": "config.json", "tokenizer": "tokenizer.json", "weights": "model.safetensors"}
    contents = {name: files.get(key, (source / name).read_bytes()) for key, name in names.items()}
    return [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        for name, content in contents.items()
        if content
    ]


def changed(name: str, **fields: Any) -> bytes:
    source = data_path("models", "r1-nano") / name
    return json.dumps(json.loads(source.read_text("utf-8")) | fields).encode()


MERGES = {"vocab": {}, "merges": [["a", "b"]]}
OWN_FAULTS: list[tuple[Callable[[], list[dict[str, Any]]], str]] = [
    (lambda: own(tokenizer=b""), "tokenizer.json is missing"),
    (lambda: own(weights=b"x" * 21 * MIB), "22 MB of weights; this page opens at most 20 MB"),
    (lambda: own(config=changed("config.json", model_type="llama")), "its model_type is llama"),
    (lambda: own(config=changed("config.json", num_attention_heads=0)), "num_attention_heads is not a whole"),
    (lambda: own(config=changed("config.json", use_sliding_window=True)), "config.json asks for another"),
    (lambda: own(config=b"<html>"), "config.json is damaged"),
    (lambda: own(tokenizer=changed("tokenizer.json", model=MERGES)), "must have no merges"),
    (lambda: own(tokenizer=b"[]"), "is no tokenizer of R1-mini's kind"),
    (lambda: own(weights=(2**40).to_bytes(8, "little") + b"{}"), "damaged, or it is not complete"),
]  # fmt: skip


def test_files_that_are_no_such_checkpoint_get_a_sentence(page: Any, playground_address: str) -> None:
    page.goto(playground_address)
    before = finished(page)
    choose(page, "own")
    for files, sentence in OWN_FAULTS:
        page.get_by_label("Its files").set_input_files(files())
        page.locator(".status").get_by_text(sentence).wait_for(timeout=MINUTE)
    page.get_by_role("button", name="Think").click()
    says(page, "The checkpoint is not open yet")
    page.get_by_label("Model", exact=True).select_option("r1-mini")
    page.get_by_role("button", name="Think").click()
    assert finished(page) == before


def replaced(name: str, **response: Any) -> Callable[[Any], None]:
    """Answers requests for a file otherwise; without `response` the connection ends."""

    def prepare(page: Any) -> None:
        answer = (lambda route: route.fulfill(**response)) if response else (lambda route: route.abort())
        page.route(re.compile(rf"/{re.escape(name)}$"), answer)

    return prepare


def half_of_the_weights(page: Any) -> None:
    page.route("**/model.safetensors", lambda route: route.fulfill(body=route.fetch().body()[:1_000_000]))


def no_worker(page: Any) -> None:
    page.add_init_script("delete globalThis.Worker")


def worker_begins_with(script: str) -> Callable[[Any], None]:
    def prepare(page: Any) -> None:
        page.route(
            "**/worker.js",
            lambda route: route.fulfill(
                body=f"{script};{route.fetch().text()}", headers={"Content-Type": "text/javascript"}
            ),
        )

    return prepare


LITTLE_MEMORY = """{ const Whole = Float32Array; globalThis.Float32Array = class extends Whole {
  constructor(...from) {
    if (from[0] > 1e5) throw new RangeError("Array buffer allocation failed");
    super(...from);
  } } }"""
DIES = "addEventListener('message', () => setTimeout(() => { throw new Error('gone'); }))"
FAULTS: list[tuple[str, Callable[[Any], None], str]] = [
    ("404", replaced("model.safetensors", status=404), "cannot be loaded (404). Load the page again."),
    ("no connection", replaced("model.safetensors"), "cannot be loaded (the connection ended)"),
    ("half of it", half_of_the_weights, "damaged, or it is not complete. Load the page again."),
    ("HTML", replaced("model.safetensors", body="<!doctype html>"), "damaged, or it is not complete."),
    ("wrong JSON", replaced("config.json", body="{"), "The file config.json is damaged"),
    ("no tokenizer", replaced("tokenizer.json", body="{}"), "is no tokenizer of R1-mini's kind"),
    ("no Worker", no_worker, "runs no workers"),
    ("worker is missing", replaced("worker.js", status=404), "The worker in which the model thinks has failed"),
    ("worker dies", worker_begins_with(DIES), "The worker in which the model thinks has failed"),
    ("little memory", worker_begins_with(LITTLE_MEMORY), "The memory of this browser does not suffice"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("prepare", "sentence"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS]
)
def test_what_cannot_be_had_gets_a_sentence(
    page: Any, playground_address: str, prepare: Callable[[Any], None], sentence: str
) -> None:
    prepare(page)
    page.goto(playground_address)
    says(page, sentence)


def test_a_model_that_was_not_loaded_is_loaded_by_the_next_press(page: Any, playground_address: str) -> None:
    replaced("model.safetensors", status=503)(page)
    page.goto(playground_address)
    says(page, "cannot be loaded (503)")
    page.unroute_all()
    page.get_by_role("button", name="Think").click()
    assert finished(page)


@pytest.mark.parametrize(
    ("prefix", "sentence"),
    [
        ("99999", "The link gives token 99999, which this model does not have"),
        (".".join(["300"] * 1020), "reads at most 1024 tokens"),
    ],
)
def test_a_link_with_tokens_that_cannot_be_read_gets_a_sentence(
    page: Any, playground_address: str, prefix: str, sentence: str
) -> None:
    page.goto(f"{playground_address}#n=3,5,9&t=24&p={prefix}")
    says(page, sentence)


HELD_FRAMES = "held = []; requestAnimationFrame = (frame) => held.push(frame)"
SLOW_TIMERS = (
    "{ const wait = setTimeout; globalThis.setTimeout = (work, ms) => wait(work, Math.max(ms ?? 0, 1000)) }"
)


def test_a_thought_goes_on_in_a_tab_in_the_background(page: Any, playground_address: str) -> None:
    """There a browser draws no frames, and a timer takes a second at least."""
    worker_begins_with(SLOW_TIMERS)(page)
    page.add_init_script(HELD_FRAMES)
    page.goto(playground_address)
    count = int(finished(page).split()[0])
    page.evaluate("() => { while (held.length) held.shift()(performance.now()); }")
    shown = (
        "() => document.querySelector('.thought > div').shadowRoot.querySelectorAll('.flow [data-i]').length"
    )
    assert page.evaluate(shown) == count > 20


def test_a_thought_goes_on_after_the_tab_was_frozen(page: Any, playground_address: str) -> None:
    page.goto(playground_address)
    before = finished(page)
    session = page.context.new_cdp_session(page)
    page.get_by_role("button", name="Think").click()
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    session.send("Page.setWebLifecycleState", {"state": "active"})
    assert finished(page) == before
