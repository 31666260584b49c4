"""Traces, tasks, rewards, runs and their views where nothing of what computes a model can be had, as in a web page."""

from __future__ import annotations

from pathlib import Path

from tests._host.lacking import run

# Compiled, and in no distribution of Python for web pages; and those that need one of these.
ABSENT = (
    "torch", "tokenizers", "transformers", "safetensors", "onnxruntime", "accelerate", "huggingface_hub",
    "psutil", "zmq", "ipykernel", "jupyter_client", "jupyterlab", "uvicorn", "uvloop", "hf_xet", "llama_cpp",
)  # fmt: skip

EVERYTHING = """if True:
    import importlib, pkgutil
    import labkit
    import labkit.rewards, labkit.tasks, labkit.traces, labkit.training.run, labkit.views
    for package in (labkit.rewards, labkit.tasks, labkit.traces, labkit.views):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
    from labkit.training.run import Run

    shipped = labkit.Trace.load(labkit.data_path("traces", "smollm2-make-24.trace.json"))
    run = Run.load(labkit.data_path("runs", "first-run"))
    first = run.kept[0].trace
    group = labkit.TraceGroup(tuple(k.trace for k in run.kept if k.trace.prompt == first.prompt))
    views = [labkit.TokenView(shipped), labkit.TokenView(first), labkit.RewardView(group), labkit.TrainingView(run)]
    views.append(labkit.catalog())
    views.append(labkit.CostView())
    views.append(labkit.ScalingView(labkit.data_path('pipeline', 'votes', 'metrics.json')))
    for view in views:
        data, _ = view._repr_mimebundle_()
        print(view.as_text()[:60], "|", view.as_png()[1:4].decode(), "<" in view.as_html(), sorted(data)[0])
    print(len(group) > 1, labkit.rewards.breakdown(group[0]).total >= 0)
"""


def test_views_and_rewards_are_built_from_shipped_traces(tmp_path: Path) -> None:
    *views, rewards = run(EVERYTHING, tmp_path, absent=ABSENT, everybody=True).splitlines()
    assert len(views) == 7 and all(
        line.endswith("| PNG True application/vnd.jupyter.widget-view+json") for line in views
    )
    assert rewards == "True True"


def test_what_needs_a_model_says_what_to_install(tmp_path: Path) -> None:
    code = "import labkit\ntry: labkit.load()\nexcept labkit.LabkitError as error: print(error)"
    said = run(code, tmp_path, absent=ABSENT, everybody=True)
    assert "torch" in said and "Next: pip install" in said
