"""The playground: R1-mini thinks in a page of Chromium, with the page's own rules and no foreign request."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

import labkit
from labkit.inside.attention.heads import HeadKind
from labkit.site import play
from labkit.site.play import LENS, write_playground

from ..browser.test_accessibility import AXE, VIOLATIONS
from .serving import visiting

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Any, playground_address: str) -> Iterator[Any]:
    with visiting(browser, playground_address, viewport={"width": 1000, "height": 900}) as page:
        page.goto(playground_address)
        page.wait_for_selector(".verdict b", timeout=60_000)
        yield page


def thought(page: Any) -> str:
    """The text of the thought that is shown."""
    text: str = page.evaluate(
        "() => [...document.querySelector('.thought > div').shadowRoot.querySelectorAll('.flow [data-i]')]"
        ".map((token) => token.textContent).join('')"
    )
    return re.sub(r"[\s\u23ce\u21b5]+", " ", text).strip()


def test_the_page_and_a_notebook_write_the_same_thought_from_the_same_seed(page: Any) -> None:
    model = labkit.load()
    for seed in (0, 5):
        if seed:
            page.get_by_text("More").click()
            page.get_by_label("Seed").fill(str(seed))
            page.get_by_role("button", name="Think").click()
            page.wait_for_selector(".verdict b", timeout=60_000)
        trace = model.think("Using 3, 5 and 9, make 24.", temperature=0.6, top_p=0.95, seed=seed, show=False)
        assert page.get_by_text(f"{len(trace)} tokens, came to its end").is_visible()
        assert "Right." in page.inner_text(".verdict")


def test_a_thought_that_has_ended_is_shown_from_its_beginning(page: Any) -> None:
    page.wait_for_timeout(200)
    flow = page.locator(".flow")
    assert flow.evaluate("flow => flow.scrollHeight > flow.clientHeight")
    assert flow.evaluate("flow => flow.scrollTop") == 0


def test_another_token_begins_another_thought_that_a_link_holds(page: Any, browser: Any) -> None:
    page.locator(".flow [data-i='1']").click()
    page.locator(".others button").first.click()
    page.wait_for_url(re.compile(r"p=\d+\.\d+$"))
    page.wait_for_selector(".verdict b", timeout=60_000)
    written, other = thought(page), browser.new_page()
    other.goto(page.url)
    other.wait_for_selector(".verdict b", timeout=60_000)
    assert thought(other) == written
    other.close()


def test_eight_thoughts_are_judged(page: Any) -> None:
    page.get_by_role("button", name="Draw 8").click()
    page.wait_for_selector(".rollouts li:nth-child(8)", timeout=120_000)
    page.get_by_text(re.compile("[0-8] of 8 are right")).wait_for()
    assert page.locator(".rollouts progress").count() == 0
    row = page.locator(".rollouts li button").nth(1)
    row.click()
    tokens = row.get_by_text(re.compile("^[0-9]+ tokens$")).inner_text()
    assert page.get_by_text(f"{tokens}, came to its end").is_visible()
    assert row.get_attribute("aria-current") == "true"
    assert page.get_by_text("shown above").locator("visible=true").count() == 1


def test_the_reward_view_of_eight_thoughts_is_that_of_python(page: Any) -> None:
    page.get_by_label("Numbers").fill("8, 2, 2")
    page.get_by_label("make").fill("32")
    page.get_by_role("button", name="Draw 8").click()
    page.wait_for_selector(".rollouts button.open", timeout=120_000)
    labels = page.locator(".rollouts button.open").evaluate_all("all => all.map(each => each.ariaLabel)")
    group = labkit.load().sample("Using 8, 2 and 2, make 32.", n=8, temperature=0.6, top_p=0.95, seed=0)
    view = labkit.RewardView(list(group))
    advantages = labkit.rewards.group_advantages(view.rewards).tolist()
    for i, (reward, advantage, label) in enumerate(zip(view.rewards, advantages, labels, strict=True)):
        numbers = [float(number) for number in re.findall(r"[+-]?[0-9.]+", label.replace("\u2212", "-"))]
        assert numbers == pytest.approx([i + 1, reward, advantage], abs=0.0051)
    assert len({*view.rewards}) == 2


def test_stop_holds_the_thoughts_that_were_drawn(page: Any) -> None:
    page.get_by_role("button", name="Draw 8").click()
    page.wait_for_selector(".rollouts li:nth-child(2)", timeout=60_000)
    page.locator(".rollouts").get_by_role("button", name="Stop").click()
    page.get_by_text(re.compile("^Stopped: [2-7] of 8 thoughts were drawn")).wait_for()
    page.wait_for_selector(".rollouts button.open")
    drawn = page.locator(".rollouts li").count()
    assert 2 <= drawn < 8 and page.locator(".rollouts button.open").count() == drawn
    assert page.locator(".rollouts .summary").evaluate("summary => summary === document.activeElement")


def test_a_puzzle_with_mixed_results_is_offered(page: Any) -> None:
    page.get_by_role("button", name="Draw 8").click()
    page.get_by_role("button", name="Try with 8, 2 and 2").click(timeout=120_000)
    page.get_by_text("the mean reward is").wait_for(timeout=120_000)
    assert page.locator(".thought .prompt").get_by_text("Using 8, 2 and 2, make 32.").is_visible()
    assert "32" in page.inner_text(".verdict")
    verdicts = page.locator(".rollouts li b").all_inner_texts()
    assert {*verdicts} == {"\u2713 right", "\u2717 wrong"}


def test_the_first_steps_point_at_their_controls_and_are_ticked(page: Any) -> None:
    current = page.locator(".first-steps li[aria-current=step]")
    assert "Ask" in current.inner_text()
    current.get_by_role("button", name="Show me where").click()
    think = page.get_by_role("button", name="Think")
    assert think.evaluate("button => button === document.activeElement && button.matches('.pointed')")
    think.press("Enter")
    assert "Change one token" in current.inner_text()
    page.wait_for_selector(".verdict b", timeout=60_000)
    page.locator(".flow [data-i='1']").click()
    assert page.locator(".others.pointed").is_visible()
    page.locator(".others button").first.click()
    assert "Compare eight thoughts" in current.inner_text()
    page.get_by_role("button", name="Draw 8").click()
    assert page.locator(".first-steps li.done").count() == 3 and current.count() == 0
    assert page.get_by_text("Done.").is_visible()


def test_the_first_steps_can_be_closed_and_opened_by_keyboard(page: Any) -> None:
    page.get_by_role("button", name="Close").focus()
    page.keyboard.press("Escape")
    assert not page.get_by_text("Your first three steps").is_visible()
    assert page.locator(".pointed").count() == 0
    page.keyboard.press("Enter")  # the button that shows the steps has the keyboard
    assert page.get_by_text("Your first three steps").is_visible()
    assert page.locator("button.pointed").count() == 1


def forked(page: Any) -> str:
    """The line of the first fork: the share of right answers with its interval."""
    page.get_by_role("tab", name="What if?").click()
    line = page.locator("#panel-forks").get_by_text(re.compile(r"\d of 8 correct, \d+ to \d+ %"))
    return str(line.first.inner_text(timeout=120_000))


def test_a_step_is_chosen_again_eight_times_and_a_link_holds_the_fork(page: Any, browser: Any) -> None:
    page.get_by_role("tab", name="What if?").click()
    panel = page.locator("#panel-forks")
    panel.locator("button.name").nth(3).click()
    panel.get_by_role("button", name="Resample the step, 8 times").click()
    panel.get_by_text(re.compile("of 8 correct")).first.wait_for(timeout=120_000)
    page.get_by_role("tab", name="What if?").click()
    line = forked(page)
    trace = labkit.load().think("Using 3, 5 and 9, make 24.", temperature=0.6, top_p=0.95, seed=0, show=False)
    fork = labkit.inside.fork(trace, step=4, n=8, seed=0, temperature=0.6)
    right = sum(labkit.tasks.countdown.verify(r.answer, numbers=[3, 5, 9], target=24) for r in fork.rollouts)
    assert line.startswith(f"{right} of 8 correct")
    other = browser.new_page()
    other.goto(page.url)
    other.wait_for_selector(".verdict b", timeout=60_000)
    assert forked(other) == line
    other.close()


def test_a_wrong_input_gets_a_sentence_and_changes_nothing(page: Any) -> None:
    before = page.url
    page.get_by_label("Numbers").fill("3, x")
    page.get_by_role("button", name="Think").click()
    assert "is not a number" in page.inner_text(".status")
    assert page.url == before


def test_stop_ends_a_thought(page: Any) -> None:
    page.get_by_label("Numbers").fill("19, 18, 17")
    page.get_by_label("make").fill("99")
    page.get_by_role("button", name="Think").click()
    stop = page.get_by_role("button", name="Stop")
    stop.click()
    page.get_by_text("interrupted").first.wait_for(timeout=20_000)


def test_it_works_without_a_network_after_the_first_visit(page: Any) -> None:
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector(".verdict b", timeout=60_000)
    page.context.set_offline(False)


def test_the_phone_needs_no_sideways_scrolling(page: Any) -> None:
    page.get_by_text("More", exact=True).click()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(200)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_another_file_makes_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(play.HERE, changed)
    (changed / "play.css").write_text("body {}", encoding="utf-8")
    versions = []
    for name, source in (("a", play.HERE), ("b", play.HERE), ("c", changed)):
        monkeypatch.setattr(play, "HERE", source)
        write_playground(tmp_path / name)
        text = (tmp_path / name / "service-worker.js").read_text("utf-8")
        versions += re.findall(r"[0-9a-f]{12}", text)
    assert len(versions) == 3 and versions[0] == versions[1] != versions[2]


def test_a_playground_can_load_the_model_of_another_one(tmp_path: Path) -> None:
    one, other = tmp_path / "play", tmp_path / "lite" / "static" / "play"
    for folder in (one, other):
        write_playground(folder)
    play.share_model(other, one / "model")
    (address,) = re.findall(r'"([./]+play/model/)"', (other / "scripts" / "worker.js").read_text("utf-8"))
    assert (other / "scripts" / address).resolve() == one / "model"
    (files,) = re.findall(r'"(\./ [^"]*)"', (other / "service-worker.js").read_text("utf-8"))
    assert all((other / name).exists() for name in files.split()) and "model.safetensors" in files


def test_a_page_that_stands_alone_has_no_link_out_of_its_folder(tmp_path: Path) -> None:
    write_playground(tmp_path / "alone")
    write_playground(tmp_path / "site", "<li>A lesson</li>")
    for page in (tmp_path / "alone").glob("*.html"):
        assert "../" not in page.read_text("utf-8") and "<!--" not in page.read_text("utf-8")
        assert "../course.html" in (tmp_path / "site" / page.name).read_text("utf-8")
    assert "A lesson" in (tmp_path / "site" / "index.html").read_text("utf-8")


def test_the_weights_are_those_of_the_model_rounded(tmp_path: Path) -> None:
    import numpy as np
    from safetensors.numpy import load_file

    from labkit._host.shipped import data_path

    write_playground(tmp_path / "play")
    float16 = load_file(tmp_path / "play" / "model" / "model.safetensors")
    float32 = load_file(data_path("models", "r1-mini") / "model.safetensors")
    assert float16.keys() == float32.keys()
    for name, values in float32.items():
        assert np.array_equal(float16[name], values.astype(np.float16))


@pytest.mark.parametrize("what", ["previous-token", "receiver"])
def test_the_attention_of_the_thought_is_that_of_python(page: Any, what: HeadKind) -> None:
    page.get_by_role("tab", name="Who looked where?").click()
    page.get_by_label("Find heads that").select_option(what)
    page.wait_for_selector(".attention .best button", timeout=60_000)
    best = page.locator(".attention .best button").first.get_attribute("aria-label") or ""
    trace = labkit.load().think(
        "Using 3, 5 and 9, make 24.", temperature=0.6, seed=0, capture="qk", show=False
    )
    (head, *_) = labkit.inside.find(trace, what).heads
    assert re.findall(r"\d+", best)[:2] == [str(head.layer), str(head.head)]


def test_a_pixel_of_the_attention_is_the_mean_or_the_sum_of_its_weights(page: Any) -> None:
    page.set_viewport_size(
        {"width": 390, "height": 844}
    )  # a long thought on a phone: several weights a pixel
    page.get_by_label("Numbers").fill("19, 18, 17")
    page.get_by_label("make").fill("99")
    page.get_by_role("button", name="Think").click()
    page.wait_for_selector(".verdict b", timeout=120_000)
    page.get_by_role("tab", name="Who looked where?").click()
    pool = page.locator(".attention .pool select")
    for how, words in (("mean", "the mean of"), ("sum", "the sum of"), ("max", "the largest of")):
        pool.select_option(how)
        page.locator(".attention").get_by_text(words).first.wait_for()


def signed(text: str) -> str:
    """A text with the signs of the page for blanks."""
    return text.replace(" ", "\u2423").replace("\n", "\u23ce")


def test_the_lenses_of_the_thought_are_those_of_python(page: Any) -> None:
    from playwright.sync_api import expect

    loaded = []
    page.on("request", lambda request: loaded.append(request.url.rsplit("/", 1)[-1]))
    page.get_by_role("tab", name="What would each layer say?").click()
    grid = page.get_by_label("Layers by tokens of R1-mini")
    for key in ("a", "ArrowDown", "ArrowDown", "ArrowDown"):  # layer 2 at the answer
        grid.press(key)
    trace = labkit.load().think("Using 3, 5 and 9, make 24.", temperature=0.6, seed=0, show=False)
    view = labkit.LensView(trace)
    cell = {"ask": "cell", "id": 0, "target": None, "position": view.scene["answer"], "layer": 2}
    likeliest = page.get_by_role("list", name="The five likeliest").locator("code")
    for kind in ("logit", "tuned"):
        header, _ = view.answer(cell | {"kind": kind})
        expect(likeliest).to_have_text([signed(each.text) for each in header.candidates])
        assert (LENS in loaded) == (kind == "tuned"), "the tuned lens is loaded when it is chosen"
        grid.press("t")


def test_a_tuned_lens_that_cannot_be_loaded_gets_a_sentence_and_another_try(page: Any) -> None:
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("tab", name="What would each layer say?").click()
    page.get_by_label("Layers by tokens of R1-mini").press("a")
    page.context.set_offline(True)
    page.get_by_role("radio", name="tuned lens").click()
    page.get_by_role("alert").get_by_text("The tuned lens cannot be loaded").wait_for()
    page.context.set_offline(False)
    page.get_by_label("Layers by tokens of R1-mini").press("ArrowDown")
    page.get_by_role("alert").get_by_text("The tuned lens cannot be loaded").wait_for(state="hidden")
    page.wait_for_timeout(500)  # the tiles are asked for again
    page.get_by_label("Layers by tokens of R1-mini").hover()
    page.get_by_text(re.compile("^layer . gives")).wait_for()  # a cell that has no tile says nothing
    page.troubles[:] = [trouble for trouble in page.troubles if "ERR_INTERNET_DISCONNECTED" not in trouble]


def test_a_model_without_a_tuned_lens_has_the_logit_lens(page: Any, playground_address: str) -> None:
    page.goto(f"{playground_address}#n=3,5,9&t=24&s=0&m=r1-nano")
    page.reload()
    page.wait_for_selector(".verdict b", timeout=60_000)
    page.get_by_role("tab", name="What would each layer say?").click()
    page.get_by_label("Layers by tokens of r1-nano").press("a")
    page.get_by_text("layer 3 of 3 would say").first.wait_for()
    assert page.get_by_role("radio", name="tuned lens").count() == 0


def saved_by(page: Any, button: str, folder: Path) -> Path:
    """The file that a button of the page downloads."""
    page.get_by_text("More").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_the_notebook_of_a_thought_with_a_given_token_has_its_tokens(page: Any, tmp_path: Path) -> None:
    page.locator(".flow [data-i='1']").click()
    page.locator(".others button").first.click()
    page.wait_for_selector(".verdict b", timeout=60_000)
    path = saved_by(page, "Download as notebook", tmp_path)
    assert path.name == "make-24-from-3-5-9.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(cell.source.replace("labkit.AttentionView(trace)", "").split("group =")[0], names)
    trace = names["trace"]
    assert page.get_by_text(f"{len(trace)} tokens, came to its end").is_visible()
    assert re.sub(r"[\s\u23ce\u21b5]+", " ", trace.text).strip() == thought(page).removesuffix(
        "<|end_of_sentence|>"
    )


def test_a_thought_is_shared_as_one_file_that_requests_nothing(
    page: Any, browser: Any, tmp_path: Path
) -> None:
    shown = thought(page)
    path = saved_by(page, "Share as HTML", tmp_path)
    assert path.stat().st_size <= 150_000
    context = browser.new_context(offline=True)
    reader = context.new_page()
    troubles: list[str] = []
    reader.on("console", lambda message: troubles.append(message.text))
    reader.on("request", lambda request: troubles.append(request.url))
    reader.goto(path.as_uri())
    reader.locator(".flow [data-i='3']").click()
    reader.get_by_text("token 4 of").first.wait_for()
    texts = reader.locator(".flow [data-i]").all_text_contents()
    assert re.sub(r"[\s\u23ce\u21b5]+", " ", "".join(texts)).strip() == shown
    words = reader.inner_text("main")
    assert "Right." in words and "seed 0" in words and "#n=3,5,9&t=24" in words
    assert troubles == [path.as_uri()]
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with the packages of the front end")
def test_axe_finds_nothing(browser: Any, playground_address: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # axe is not a script of the page
    page = context.new_page()
    page.goto(playground_address)
    page.wait_for_selector(".verdict b", timeout=60_000)
    page.get_by_text("More").click()
    page.locator(".flow [data-i='1']").click()
    page.get_by_role("tab", name="Who looked where?").click()
    page.wait_for_selector(".attention .best", state="attached", timeout=60_000)
    page.get_by_role("button", name="Draw 8").click()
    page.locator(".rollouts button.open").first.click(timeout=120_000)
    page.wait_for_selector(".rollouts .judged .marks")
    page.locator(".rollouts li button").first.click()
    page.add_script_tag(path=str(AXE))
    assert page.evaluate(VIOLATIONS) == []
    page.get_by_role("tab", name="What would each layer say?").click()
    page.get_by_label("Layers by tokens of R1-mini").press("a")
    page.get_by_role("list", name="The five likeliest").wait_for()
    assert page.evaluate(VIOLATIONS) == []
    page.get_by_role("tab", name="What if?").click()
    page.locator("#panel-forks button.name").nth(3).click()
    page.get_by_role("button", name="Resample the step, 8 times").click()
    page.locator("#panel-forks").get_by_text(re.compile("of 8 correct")).first.wait_for(timeout=120_000)
    assert page.evaluate(VIOLATIONS) == []
    context.close()
