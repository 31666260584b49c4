"""`%%think`, `%%reward` and `%labkit` in a real IPython shell, and once in a real kernel."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython import version_info
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import labkit
from labkit import LabkitError, RewardView, Trace, TraceGroup
from labkit._host.notebook import VIEW_MIME
from labkit.jupyter import magic_completion, magics
from labkit.jupyter.magic_completion import suggestions
from labkit.jupyter.magic_options import parse_line
from labkit.jupyter.magic_syntax import LABKIT, REWARD, SUBJECTS, THINK
from labkit.models.base import LanguageModel
from labkit.rewards import Rule

PROMPT = "Using 3, 5 and 9, make 24."
SHORT = 'yield float(len(text) < 400), (0, len(text)), f"{len(text)} characters."'
HOSTILE = "{open('stolen', 'w')} $HOME !touch stolen `x` </script><img src=x onerror=alert(1)> \x1b]0;title\x07 {{7*7}} %rm"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell of its own: not the process's one, so that nothing of it is left for other tests."""
    monkeypatch.chdir(tmp_path)
    new = InteractiveShell(config=Config(HistoryManager={"enabled": False}), ipython_dir=str(tmp_path))
    new.run_line_magic("load_ext", "labkit")
    yield new
    new.restore_sys_module_state()


def run(shell: InteractiveShell, code: str) -> Any:
    """Runs a cell as a user does, and returns its result or raises its error."""
    result = shell.run_cell(code)
    result.raise_error()
    return result.result


class Echo(LanguageModel):
    """A model that answers with its prompt: what reaches a model can then be compared with what was typed."""

    name, family, is_local = "echo", "r1-mini", True

    def think(self, prompt: Any, **settings: Any) -> Trace:
        self.settings = settings
        return Trace.from_text(prompt, f"<think>x</think>{prompt}")


@pytest.fixture
def group() -> TraceGroup:
    texts = ["<think>3 * 5</think>24", "<think>" + "so " * 200, ""]
    return TraceGroup(tuple(Trace.from_text(PROMPT, text) for text in texts))


# -- %%think ---------------------------------------------------------------------------------------


def test_the_cell_is_the_prompt_and_the_thought_is_in_trace(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "%%think r1-nano --temperature 0.8 --top_p=0.9 --top-k 20 --seed 3 --max-new-tokens 30"
    assert run(shell, f"{line}\n\n{PROMPT}\n") is None
    expected = labkit.load("r1-nano").think(
        PROMPT, temperature=0.8, top_p=0.9, top_k=20, seed=3, max_new_tokens=30
    )
    trace = shell.user_ns["trace"]
    assert trace.tokens.ids == expected.tokens.ids and trace.prompt == PROMPT and len(trace) == 30
    assert trace.settings == expected.settings
    assert trace.text in capsys.readouterr().out


def test_with_n_it_samples_a_group_under_the_name_that_is_given(shell: InteractiveShell) -> None:
    group = run(shell, f"%%think r1-nano -n 3 --seed 1 --max-new-tokens 20 --name many\n{PROMPT}")
    expected = labkit.load("r1-nano").sample(PROMPT, n=3, seed=1, max_new_tokens=20)
    assert group is shell.user_ns["many"] and "group" not in shell.user_ns
    assert [t.tokens.ids for t in group] == [t.tokens.ids for t in expected]


def test_captured_queries_and_keys_are_in_the_trace(shell: InteractiveShell) -> None:
    run(shell, f"%%think r1-nano --capture qk --max-new-tokens 9 --name first\n{PROMPT}")
    assert labkit.inside.attention(shell.user_ns["first"], layer=0, head=0).shape[0] > 9


def test_the_model_stays_loaded_as_the_variable_model(shell: InteractiveShell) -> None:
    run(shell, f"%%think r1-nano --max-new-tokens 2\n{PROMPT}")
    model = shell.user_ns["model"]
    run(shell, f"%%think --max-new-tokens 2\n{PROMPT}")
    run(shell, f"%%think R1-Nano --max-new-tokens 2\n{PROMPT}")
    assert shell.user_ns["trace"].language_model is model is shell.user_ns["model"]
    run(shell, "%labkit model r1-nano-cold")
    assert shell.user_ns["model"].name == "r1-nano-cold"


def test_a_deleted_model_is_freed(shell: InteractiveShell) -> None:
    run(shell, "%labkit model r1-nano")
    model = weakref.ref(shell.user_ns["model"])
    assert model() is not None
    run(shell, "del model")
    gc.collect()
    assert model() is None


def test_a_model_of_the_users_thinks_but_is_not_taken_by_name(shell: InteractiveShell) -> None:
    mine = labkit.load("r1-nano")  # it may have been trained since
    shell.user_ns["model"] = mine
    run(shell, f"%%think --max-new-tokens 2\n{PROMPT}")
    assert shell.user_ns["trace"].language_model is mine
    run(shell, f"%%think r1-nano --max-new-tokens 2\n{PROMPT}")
    assert shell.user_ns["trace"].language_model is not mine


def test_a_variable_model_that_is_something_else_is_not_replaced(shell: InteractiveShell) -> None:
    shell.user_ns["model"] = "a car"
    run(shell, f"%%think r1-nano --max-new-tokens 2\n{PROMPT}")
    run(shell, f"%%think --max-new-tokens 2\n{PROMPT}")
    assert shell.user_ns["model"] == "a car" and shell.user_ns["trace"].model == "r1-nano"


def test_a_hostile_prompt_reaches_the_model_as_it_was_typed(
    shell: InteractiveShell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = shell.user_ns["model"] = Echo()
    run(shell, f"%%think --seed 5\n{HOSTILE}\n%%reward x\n!touch stolen")
    assert shell.user_ns["trace"].prompt == f"{HOSTILE}\n%%reward x\n!touch stolen"
    assert model.settings == {"seed": 5}
    run(shell, "%labkit traces")
    assert not (tmp_path / "stolen").exists()
    assert "\x1b" not in capsys.readouterr().out, "no escape sequence reaches the terminal"


def test_a_variable_in_braces_is_not_put_into_the_prompt_and_a_warning_says_so(
    shell: InteractiveShell,
) -> None:
    shell.user_ns |= {"model": Echo(), "target": 24}
    with pytest.warns(UserWarning, match=r"reads \{target\} as it stands"):
        run(shell, "%%think\nMake {target} of {things}.")
    assert shell.user_ns["trace"].prompt == "Make {target} of {things}."


def test_the_first_line_is_not_evaluated(shell: InteractiveShell) -> None:
    with pytest.raises(LabkitError, match=r"\{1\+1\}"):
        run(shell, f"%%think --seed {{1+1}}\n{PROMPT}")


WRONG_LINES = [
    ("%%think --sed 3", "no option --sed", "%%think --seed 0"),
    ("%%think --max-tokens 3", "no option --max-tokens", "%%think --max-new-tokens 512"),
    ("%%think --qqq 3", "its options are --temperature, --top-p", "%%think?"),
    ("%%think --temp", "is --temperature", "%%think --temperature 0.6"),
    ("%%think --seed", "--seed has no value", "%%think --seed 0"),
    ("%%think --seed 1 --seed 2", "given twice", "%%think --seed 0"),
    ("%%think --seed 1.5", "it is a whole number", "%%think --seed 0"),
    ("%%think --seed -1", "seed=-1 is not possible", "%%think --seed 0"),
    ("%%think --temperature hot", "it is a number", "%%think --temperature 0.6"),
    ("%%think --temperature -1", "from 0", "%%think --temperature 0.6"),
    ("%%think --temperature nan", "nan", "%%think --temperature 0.6"),
    ("%%think --top-p 2", "up to 1", "%%think --top-p 0.95"),
    ("%%think --top-k -2", "top_k=-2", "%%think --top-k 20"),
    ("%%think --max-new-tokens 0", "from 1", "%%think --max-new-tokens 512"),
    ("%%think -n 0", "n=0", "%%think -n 8"),
    ("%%think -n 2 --capture qk", "cannot capture a group", "%%think --capture qk"),
    ("%%think --capture kv", "it is qk", "%%think --capture qk"),
    ("%%think --name 3x", "'3x' cannot be", "%%think --name first"),
    ("%%think --name class", "'class' cannot be", "%%think --name first"),
    ("%%think temperature=0.3", "begin with a hyphen", "%%think --temperature 0.3"),
    ("%%think temp=0.3", "begin with a hyphen", "%%think --temperature 0.3"),
    ("%%think r1-mini Using", "'r1-mini' and 'Using'", "%%think r1-mini"),
    ("%%think 'r1-mini", "quotation mark", "%%think r1-mini"),
    ("%%think r1-maxi", "no model 'r1-maxi'", 'model = labkit.load("r1-mini")'),
    ("%%reward", "needs a name", "%%reward short"),
    ("%%reward a b", "'a' and 'b'", "%%reward short"),
    ("%%reward short --grup x", "no option --grup", "%%reward short"),
    ("%%reward short --group x", "No variable 'x'", "%%think -n 8"),
    ("%%reward 3x", "'3x' cannot be", "%%reward short"),
    ("%%reward len", "already in use", "%%reward my_len"),
    ("%%reward taken", "already in use", "%%reward my_taken"),
    ("%labkit modle", "no 'modle'", "%labkit model"),
    ("%labkit zzz", "it has model, models", "%labkit help"),
    ("%labkit traces now", "takes nothing more", "%labkit traces"),
    ("%labkit model a b", "one model", "%labkit model"),
    ("%labkit 'x", "quotation mark", "%labkit help"),
]


@pytest.mark.parametrize(("line", "phrase", "advice"), WRONG_LINES, ids=[line for line, _, _ in WRONG_LINES])
def test_a_wrong_line_gets_a_sentence_and_a_line_that_is_accepted(
    shell: InteractiveShell, line: str, phrase: str, advice: str
) -> None:
    shell.user_ns["taken"] = 5
    with pytest.raises(LabkitError) as caught:
        run(shell, line if line.startswith("%labkit") else f"{line}\n{PROMPT}")
    assert phrase in str(caught.value)
    assert caught.value.next.startswith(advice)
    magic, _, rest = caught.value.next.partition("\n")[0].partition(" ")
    syntax = {s.magic: s for s in (THINK, REWARD)}.get(magic)
    if syntax is not None:
        parse_line(rest, syntax)  # raises an error if the advice is wrong, too


def test_a_prompt_of_blanks_is_refused_before_a_model_is_loaded(shell: InteractiveShell) -> None:
    with pytest.raises(LabkitError, match="has no prompt"):
        run(shell, "%%think\n   \n")
    assert "model" not in shell.user_ns


# -- %%reward --------------------------------------------------------------------------------------


def test_the_body_of_a_rule_becomes_a_rule_and_a_view_of_the_last_group(
    shell: InteractiveShell, group: TraceGroup
) -> None:
    shell.user_ns["group"] = group
    view = run(shell, f"%%reward short\n{SHORT}")
    rule = shell.user_ns["short"]
    assert isinstance(rule, Rule) and rule.name == "short"
    assert isinstance(view, RewardView) and view.rewards == [1.0, 0.0, 1.0]
    assert view.breakdowns[0].parts[0].why == f"{len(group[0].text)} characters."
    assert rule(["x" * 399, "x" * 400]) == [1.0, 0.0]


def test_the_last_group_is_the_one_that_think_made_last(shell: InteractiveShell, group: TraceGroup) -> None:
    shell.user_ns["group"] = group
    run(shell, f"%%think r1-nano -n 2 --max-new-tokens 5 --name many\n{PROMPT}")
    assert len(run(shell, "%%reward short\nreturn 1.0").rewards) == 2
    assert len(run(shell, "%%reward short --group group\nreturn 1.0").rewards) == 3


BODIES = {
    "a number": ("return len(text) / 10", [2.2, 60.7, 0.0]),
    "parts and columns": ("a, b = parts.answer\nyield float(text[a:b] == str(columns['target'])), (a, b), 'x'", [1, 0, 0]),
    "a complete function": ("import re\ndef r(text, *, target):\n    return float(bool(re.search(str(target), text)))", [1, 0, 0]),
    "a decorated function": ("import labkit\n@labkit.rewards.Rule\ndef r(text):\n    yield 2.0, (0, 0), 'x'", [2, 2, 2]),
    "a function of TRL": ("def r(completions, **columns):\n    return [float('24' in c) for c in completions]", [1, 0, 0]),
    "an inner function": ("def inner(t):\n    return 3.0\nreturn inner(text)", [3, 3, 3]),
    "a text of several lines": ("return float('''a\nb''' == 'a' + chr(10) + 'b')", [1, 1, 1]),
    "a variable of the user's": ("return bonus", [7, 7, 7]),
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
def test_what_a_rule_may_be(shell: InteractiveShell, group: TraceGroup, kind: str) -> None:
    shell.user_ns |= {"group": group, "bonus": 7.0}
    cell, rewards = BODIES[kind]
    assert run(shell, f"%%reward r\n{cell}").rewards == pytest.approx(rewards)
    assert isinstance(shell.user_ns["r"], Rule)


WRONG_CELLS = [
    ("text(", "Line 2 of the cell is not Python"),
    ("x = 1\nif text\n    return 1.0", "Line 3 of the cell is not Python"),
    ("1 + 1", "gives no value"),
    ("def other(text):\n    return 1.0", "defines other, and the rule is called r"),
    ("async def r(text):\n    return 1.0", "a plain def"),
    ("def r(text, limit):\n    return 1.0", "(text, limit)"),
    ("def r():\n    return 1.0", "takes ()"),
    ("if not text:\n    return 0.0\nyield 1.0, (0, 1), 'x'", "line 3 of the cell, return 0.0 is lost"),
    ("import re\ny = 1 / len(text)\nreturn y", "in line 3 of the cell with ZeroDivisionError"),
    (
        "import nothing_of_the_kind\ndef r(text):\n    return 1.0",
        "line 2 of the cell with ModuleNotFoundError",
    ),
    ("yield 1.0, (0, 1)", "gave (1.0, (0, 1))"),
    ("yield 'a', (0, 1), 'x'", "the value 'a' is not a finite number"),
    ("yield float('nan'), (0, 1), 'x'", "the value nan is not a finite number"),
    ("yield 1.0, 'all', 'x'", "the span 'all' is not"),
    ("yield 1.0, (0, 9999), 'x'", "is not inside the 22 characters"),
    ("yield 1.0, (0, 1), 5", "the reason 5 is not text"),
    ("raise ValueError('\\x1b[2J' + text)\nreturn 1.0", "with ValueError: <think>3 * 5</think>24"),
]


@pytest.mark.parametrize(("cell", "phrase"), WRONG_CELLS, ids=[cell for cell, _ in WRONG_CELLS])
def test_a_wrong_rule_gets_a_sentence(
    shell: InteractiveShell, group: TraceGroup, cell: str, phrase: str
) -> None:
    shell.user_ns["group"] = group
    with pytest.raises(LabkitError) as caught:
        run(shell, f"%%reward r\n{cell}")
    assert phrase in str(caught.value) and "\x1b" not in str(caught.value)


def test_the_advice_after_a_rule_that_stopped_shows_the_error_once_more(
    shell: InteractiveShell, group: TraceGroup
) -> None:
    shell.user_ns |= {"group": group, "labkit": labkit}
    with pytest.raises(LabkitError) as caught:
        run(shell, "%%reward r\nreturn 1 / len(text)")
    assert caught.value.next == "labkit.rewards.breakdown(group[2], rules=r)"
    with pytest.raises(ZeroDivisionError):
        run(shell, caught.value.next)


def test_without_a_group_the_rule_is_ready_and_the_magic_says_what_shows_it(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shell, f"%%reward short\n{SHORT}") is None
    assert "%%think -n 8" in capsys.readouterr().out
    assert shell.user_ns["short"]([""]) == [1.0]


# -- %labkit, help, completion ---------------------------------------------------------------------


def test_labkit_lists_its_words_and_the_thoughts_of_the_session(
    shell: InteractiveShell, group: TraceGroup, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "%labkit")
    page = capsys.readouterr().out
    assert all(f"%labkit {subject}" in page for subject in SUBJECTS) and "%%reward?" in page
    run(shell, "%labkit traces")
    assert capsys.readouterr().out == "No variable holds a thought yet. Next: %%think\n"
    shell.user_ns |= {"group": group, "first": group[0], "_private": group, "number": 5}
    run(shell, "%labkit traces")
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == ["group", "first"]
    assert "3 rollouts" in rows[0] and rows[1].endswith(PROMPT)


def test_labkit_says_which_model_there_is_what_memory_is_left_and_what_is_missing(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "%labkit model")
    assert capsys.readouterr().out == "No model is loaded yet. Next: %labkit model r1-mini\n"
    run(shell, "%labkit model r1-nano")
    assert capsys.readouterr().out == f"{labkit.load('r1-nano')!r}\n"
    run(shell, "%labkit memory")
    assert "MB" in capsys.readouterr().out
    run(shell, "%labkit models")
    assert "r1-distill-qwen-1.5b" in capsys.readouterr().out
    run(shell, "%labkit doctor")
    assert f"labkit {labkit.__version__} in " in capsys.readouterr().out


@pytest.mark.parametrize("name", magics.KIND)
def test_the_help_has_every_option_and_an_example_that_is_accepted(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    syntax = {"think": THINK, "reward": REWARD, "labkit": LABKIT}[name]
    run(shell, f"{syntax.magic}?")
    page = capsys.readouterr().out
    assert all(f"{option.name} {option.example}" in page for option in syntax.options)
    if syntax is LABKIT:
        assert all(f"%labkit {subject}" in page for subject in SUBJECTS)
    else:
        assert syntax.example.splitlines()[0] in page
        first, *rest = syntax.example.partition("\n")
        parse_line(first.removeprefix(syntax.magic), syntax)
        assert "".join(rest).strip() in page


COMPLETIONS = [
    ("%%think --t", ["--temperature", "--thinking", "--top-p", "--top-k"]),
    ("%%think --top-k 3 --top", ["--top-p"]),
    ("%%think r1-nano-", ["r1-nano-cold", "r1-nano-rl"]),
    ("%%think --seed 3 r1-nano-r", ["r1-nano-rl"]),
    ("%%think --capture ", ["qk"]),
    ("%%think --capture=", ["--capture=qk"]),
    ("%%think --temperature ", ["0.6"]),
    ("%%reward sh", ["short"]),
    ("%%reward new --group ", ["group"]),
    ("%labkit mo", ["model", "models"]),
    ("%labkit model r1-nano-c", ["r1-nano-cold"]),
    ("%labkit traces ", []),
]


@pytest.mark.parametrize("api", ["matcher", "matcher of old front ends", "hook"])
@pytest.mark.parametrize(("line", "words"), COMPLETIONS, ids=[line for line, _ in COMPLETIONS])
def test_tab_offers_what_may_stand_there(
    shell: InteractiveShell, group: TraceGroup, line: str, words: list[str], api: str
) -> None:
    shell.user_ns |= {"group": group, "short": Rule(lambda text: 1.0, name="short")}
    if api == "matcher" and version_info < (8, 6):
        pytest.skip("this IPython has only the hook, which hides no other suggestion")
    if api == "hook" or version_info < (8, 6):
        words = [word.removeprefix("--capture=") for word in words]  # IPython's word begins after the sign
        magic_completion.remove(shell)
        magic_completion.install_hook(shell)
    if api == "matcher":
        with provisionalcompleter():
            offered = [line[: c.start] + c.text for c in shell.Completer.completions(line, len(line))]
        start = line[: len(line) - len(line.split(" ")[-1])]
        expected = sorted(start + word for word in words)
        assert sorted(offered) == expected or not (
            words or {*offered} & {start + w for w in (*SUBJECTS, "r1-mini")}
        )
    else:
        _, matches = shell.complete("", line, len(line))
        assert {*words} <= {*matches}
        assert words or not any(m.startswith("-") or m.startswith("r1-") for m in matches)


def test_no_model_that_only_servers_hold_is_offered_and_none_twice() -> None:
    offered = suggestions("%%think ", {}) or []
    assert "r1-mini" in offered and "deepseek-r1" not in offered
    assert not any(word.startswith("r1-") for word in suggestions("%%think r1-mini ", {}) or [])


@pytest.mark.parametrize("line", ["", "x = 1", "%%time --t", "print('%%think --t", "%%think"])
def test_other_lines_are_left_to_ipython(line: str) -> None:
    assert suggestions(line, {}) is None


def test_unloading_removes_the_magics_and_their_completion(shell: InteractiveShell) -> None:
    run(shell, "%unload_ext labkit")
    assert shell.find_cell_magic("think") is None and shell.find_line_magic("labkit") is None
    assert shell.Completer.custom_matchers == []
    run(shell, "%load_ext labkit")
    run(shell, "%reload_ext labkit")
    assert shell.find_cell_magic("think") is not None
    assert len(shell.Completer.custom_matchers) == (version_info >= (8, 6))


WITHOUT_A_MODEL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
before = {*sys.modules}
shell.run_line_magic("load_ext", "labkit")
print(sorted({m.partition(".")[0] for m in {*sys.modules} - before} & {"torch", "numpy", "pydantic", "anywidget"}))
for code in ("%labkit", "%labkit traces", "%%think --sed 3\\nx", "%%think --seed -3\\nx", "%%reward r\\nreturn 1.0"):
    shell.run_cell(code)
shell.complete("", "%%think r1-", 11)
print("torch" in sys.modules)
"""


def test_what_needs_no_model_imports_no_torch(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_MODEL], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "[]" and lines[-1] == "False"


# -- a real kernel ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_in_a_kernel_the_thought_streams_the_rule_is_shown_and_tab_completes() -> None:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()

    def execute(code: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        sent: list[dict[str, Any]] = []
        reply = client.execute_interactive(code, output_hook=sent.append, timeout=120)
        return reply["content"], [message["content"] for message in sent]

    try:
        assert execute("%load_ext labkit")[0]["status"] == "ok"
        reply, sent = execute(f"%%think r1-nano --max-new-tokens 40\n{PROMPT}")
        assert reply["status"] == "ok"
        views = [content["data"] for content in sent if VIEW_MIME in content.get("data", {})]
        assert views and views[-1]["text/plain"].startswith("TokenView(r1-nano")
        assert not any("Trace(" in content.get("data", {}).get("text/plain", "") for content in sent)

        execute(f"%%think -n 4 --max-new-tokens 40\n{PROMPT}")
        _, sent = execute(f"%%reward short\n{SHORT}")
        (view,) = [content["data"] for content in sent if "execution_count" in content and "data" in content]
        assert view["text/plain"] == f"RewardView(4 rollouts of '{PROMPT}': short)" and VIEW_MIME in view

        _, sent = execute("%labkit memory")
        (memory,) = [content["data"] for content in sent if "data" in content]
        assert memory["text/plain"] == "memory of this kernel" and "MB" in memory["text/html"]
        assert VIEW_MIME in memory, "so nbval compares the title and not the numbers"

        reply, _ = execute(f"%%think --sed 3\n{PROMPT}")
        assert reply["ename"] == "LabkitError" and len(reply["traceback"]) == 1

        line = "%%think --te"
        offered = client.complete(f"{line}\n{PROMPT}", len(line), reply=True, timeout=60)["content"]
        assert offered["matches"] == ["--temperature"]
        assert offered["cursor_start"] == line.index("--te")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
