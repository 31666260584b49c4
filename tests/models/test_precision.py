"""Rounded weights: what rounding costs is bounded, what is computed with them is what they say, and views go on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import labkit
from labkit import LabkitError
from labkit.models import LocalModel
from labkit.models.checkpoints import checkpoint
from labkit.models.runtime import device, quantization
from labkit.models.runtime.quantization import Int4Linear, Int8Linear
from labkit.tasks import countdown


def matrix(bias: bool = True) -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(96, 48, bias=bias).bfloat16()


@pytest.mark.parametrize(
    "rows", [1, 5, quantization.PACKED_MAX_ROWS + 1, 200]
)  # both sides of where it unpacks
@pytest.mark.parametrize(("kind", "steps"), [(Int8Linear, 127), (Int4Linear, 7.5)])
def test_a_rounded_matrix_is_off_by_half_a_step_at_most(
    kind: type[nn.Module], steps: float, rows: int
) -> None:
    linear = matrix()
    rounded = kind(linear.weight, linear.bias)
    x = torch.randn(2, rows, 96, dtype=torch.bfloat16)
    exact, found = linear.float()(x.float()), rounded(x).float()
    assert found.shape == exact.shape
    # Each weight is off by half a step of its row's (or group's) range, and bfloat16 keeps eight bits of a sum.
    bound = x.float().abs().sum(-1).max() * linear.weight.abs().max() / (2 * steps) + 0.02 * exact.abs().max()
    assert (found - exact).abs().max() < bound
    assert torch.corrcoef(torch.stack([found.flatten(), exact.flatten()]))[0, 1] > 0.99


def test_weights_that_have_so_few_values_are_kept_exactly() -> None:
    q = torch.randint(0, 16, (48, 96)).float()
    q[:, ::32], q[:, 1::32] = 0, 15  # every group spans all sixteen values
    eye = torch.eye(96, dtype=torch.bfloat16)
    assert torch.equal(Int4Linear(q.bfloat16(), None)(eye).T.float(), q)
    whole = torch.randint(-127, 128, (48, 96)).float()
    whole[:, 0] = 127
    assert torch.equal(Int8Linear(whole.bfloat16(), None)(eye).T.float(), whole)


@pytest.fixture(scope="module", params=["int8", "int4"])
def rounded(request: pytest.FixtureRequest) -> LocalModel:
    return labkit.load("r1-mini", dtype=request.param)


def logits(model: LocalModel, ids: Tensor) -> Tensor:
    with torch.inference_mode():
        return model.network(input_ids=ids).logits.float()


def test_a_rounded_model_still_thinks_right_and_says_what_it_is(
    rounded: LocalModel, mini: LocalModel
) -> None:
    kind = quantization.dtype_name(rounded.network)
    assert repr(rounded) == f"Model(r1-mini: 1,807,680 parameters, qwen2, {kind} on cpu)"
    held = sum(p.numel() * p.element_size() for p in rounded.network.parameters())
    assert held < {"int8": 0.35, "int4": 0.25}[kind] * 4 * 1_807_680
    problem = countdown.problems(1)[0]
    trace = rounded.think(problem, temperature=0, capture="qk", show=False)
    assert countdown.verify(trace.answer, numbers=problem.numbers, target=problem.target)
    ids = torch.tensor([[*trace.prompt_ids, *trace.tokens.ids]])
    ours, theirs = logits(rounded, ids)[0], logits(mini, ids)[0]
    assert (ours.argmax(-1) == theirs.argmax(-1)).float().mean() > 0.9
    # What was captured is what a second reading finds, and everything else reads the same network.
    weights = labkit.inside.attention(trace, 1, 2)
    assert weights.shape == (ids.shape[1],) * 2
    torch.testing.assert_close(torch.tensor(weights).sum(-1), torch.ones(len(weights)), atol=1e-3, rtol=0)
    assert labkit.LensView(trace).scene and labkit.TokenView(trace).scene
    assert labkit.inside.fork(trace, at=10, n=2, max_new_tokens=8).rollouts
    assert len(rounded.sample(problem, n=30, max_new_tokens=4)) == 30  # more rows than are read packed


def test_rounded_weights_are_not_trained(rounded: LocalModel) -> None:
    with pytest.raises(LabkitError, match=r'cannot be trained[\s\S]*labkit\.load\("r1-mini"\)'):
        labkit.training.grpo(rounded)


def test_an_unembedding_that_is_the_embedding_is_not_rounded(distill_folder: Path) -> None:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    config = Qwen2Config.from_pretrained(distill_folder, tie_word_embeddings=True)
    tied = Qwen2ForCausalLM(config).bfloat16()
    quantization.quantize_weights(tied, "int4")
    assert type(tied.lm_head) is nn.Linear and tied.lm_head.weight is tied.model.embed_tokens.weight
    assert len(quantization.linear_layers(tied)) == 1
    apart = Qwen2ForCausalLM.from_pretrained(distill_folder, dtype=torch.bfloat16)
    told: list[int] = []
    parts = len(quantization.linear_layers(apart))
    quantization.quantize_weights(apart, "int4", told.append)
    assert type(apart.lm_head) is Int8Linear and told == [*range(1, parts + 1)]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int8", "int4"])
def test_what_is_needed_is_told_from_the_heads_of_the_files(distill_folder: Path, dtype: str) -> None:
    said = checkpoint.size([*distill_folder.glob("*.safetensors")], dtype)
    model = labkit.load(distill_folder, dtype=dtype)
    held = sum(p.numel() * p.element_size() for p in model.network.parameters())
    assert said == pytest.approx(held, rel=0.12)


def test_a_checkpoint_that_was_rounded_before_is_not_rounded_again(
    distill_folder: Path, tmp_path: Path
) -> None:
    import json
    import shutil

    shutil.copytree(distill_folder, tmp_path / "gptq")
    config = json.loads((tmp_path / "gptq/config.json").read_text())
    config["quantization_config"] = {"quant_method": "gptq", "bits": 4}
    (tmp_path / "gptq/config.json").write_text(json.dumps(config))
    with pytest.raises(LabkitError, match="gptq cannot be loaded as int8"):
        labkit.load(tmp_path / "gptq", dtype="int8")


def test_a_mixture_of_experts_is_not_rounded(distill_folder: Path, tmp_path: Path) -> None:
    import json
    import shutil

    shutil.copytree(distill_folder, tmp_path / "moe")
    config = json.loads((tmp_path / "moe/config.json").read_text())
    (tmp_path / "moe/config.json").write_text(json.dumps(config | {"num_experts": 16}))
    with pytest.raises(LabkitError, match=r"moe cannot be loaded as int4[\s\S]*mixture of experts"):
        labkit.load(tmp_path / "moe", dtype="int4")
    with pytest.raises(LabkitError, match=r"gpt-oss-20b cannot be loaded as int8"):  # before it is fetched
        device.check_before_download(10**6, "gpt-oss-20b", "int8", "cpu")


def test_weights_that_are_unpacked_on_a_processor_are_weighed_as_what_they_become(
    distill_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json
    import shutil

    folder = shutil.copytree(distill_folder, tmp_path / "packed")
    packed = {
        "experts.up_blocks": torch.zeros(4, 8, 16, dtype=torch.uint8),
        "experts.up_scales": torch.zeros(4, 8, dtype=torch.uint8),
        "q_proj.weight": torch.zeros(32, 32).to(torch.float8_e4m3fn),
        "norm.weight": torch.zeros(32, dtype=torch.bfloat16),
    }
    save_file(packed, folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(
        json.dumps(config | {"quantization_config": {"quant_method": "mxfp4"}})
    )
    asked: list[int] = []
    monkeypatch.setattr(device, "check_weights_fit", lambda needed, *_, **__: asked.append(needed))
    with pytest.raises(LabkitError):  # these few tensors are no network
        labkit.load(folder)
    unpacked = 2 * (2 * 4 * 8 * 16 + 32 * 32 + 32)  # two weights a byte of the blocks; two bytes each
    head = (folder / "model.safetensors").stat().st_size - sum(t.nbytes for t in packed.values())
    assert asked == [unpacked + 4 * 8 + head]


def test_a_precision_that_there_is_not_is_said() -> None:
    with pytest.raises(
        LabkitError, match=r"dtype='int3' is not possible[\s\S]*float32, bfloat16, int8, int4"
    ):
        labkit.load("r1-mini", dtype="int3")  # type: ignore[arg-type]
