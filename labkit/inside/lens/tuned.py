"""The translators of a tuned lens: an affine map for each layer, from its basis to the last one's.

        lens_l(h) = unembedding(norm(A_l h + b_l))          (Belrose et al. 2023, arXiv 2303.08112)

The file format is safetensors: `weight` (L, D, D), `bias` (L, D), layers 0 to L - 1; the last layer needs
no translator. The metadata names the weights that the lens was trained on; other weights are refused.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import PreTrainedModel

from labkit._host.atomic_write import not_written, write_file
from labkit._host.shipped import data_path
from labkit.errors import BadArgument, FileDamaged, LabkitError
from labkit.models import LocalModel

FILE = "tuned-lens.safetensors"


class Translators(nn.Module):
    """One affine map per layer, initially the identity: then the tuned lens equals the logit lens."""

    def __init__(self, layers: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(width).repeat(layers, 1, 1))  # (L, D, D)
        self.bias = nn.Parameter(torch.zeros(layers, width))  # (L, D)

    def forward(self, streams: Tensor) -> Tensor:
        """Maps streams, (L + 1, T, D) in and out; the last layer's stream is unchanged."""
        lower = streams[:-1].to(self.weight.dtype)
        moved = torch.baddbmm(self.bias[:, None], lower, self.weight.transpose(1, 2))
        return torch.cat([moved.to(streams.dtype), streams[-1:]])


def fingerprint(network: PreTrainedModel) -> str:
    """A digest of the final norm's and the first layer's weights; it identifies the weights."""
    body: Any = network.base_model
    digest = sha256()
    for p in (body.norm.weight, *body.layers[0].parameters()):
        digest.update(p.detach().float().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


def save(translators: Translators, network: PreTrainedModel, path: Path) -> None:
    """Writes a lens atomically, with the fingerprint of the weights that it belongs to.

    Raises:
        LabkitError: the disk is full or read-only.
    """
    tensors = {name: p.detach().contiguous() for name, p in translators.named_parameters()}
    metadata = {"network": fingerprint(network)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, lambda fresh: save_file(tensors, fresh, metadata))
    except OSError as error:
        raise not_written(
            path, error, what="lens", retry_hint="labkit train r1-mini-tuned-lens --out {}"
        ) from None


def shipped(model: LocalModel) -> Path | None:
    """The path of the tuned lens that labkit ships for a model, if there is one."""
    path = data_path() / "lenses" / model.name / FILE
    return path if path.is_file() else None


def load_translators(model: LocalModel, kind: str | Path) -> Translators:
    """The translators of a model: `"tuned"` for the shipped translators, or the path of a file.

    Raises:
        LabkitError: the translators do not exist, or they belong to other weights.
    """
    path = shipped(model) if kind == "tuned" else Path(kind)
    if path is None or not path.is_file():
        raise LabkitError(
            f"There is no tuned lens of {model.name}."
            if kind == "tuned"
            else f"There is no lens {str(kind)!r}.",
            why="a tuned lens is trained for one model, and labkit brings that of r1-mini.",
            next='lens = labkit.inside.lens(trace, kind="logit")  # needs no training',
        )
    try:
        with safe_open(path, "pt") as file:
            weight, bias = file.get_tensor("weight"), file.get_tensor("bias")
            trained_on = (file.metadata() or {}).get("network")
    except (SafetensorError, OSError, ValueError) as error:
        raise FileDamaged(
            f"{path.name} is not a lens that can be read.",
            why=str(error),
            next="labkit train r1-mini-tuned-lens",
        ) from None
    if trained_on != fingerprint(model.network):
        raise BadArgument(
            f"{path.name} belongs to another model than {model.name}.",
            why="translators are trained on the residual stream of one set of weights.",
            next='lens = labkit.inside.lens(trace, kind="logit")',
        )
    translators = Translators(*bias.shape)
    translators.load_state_dict({"weight": weight, "bias": bias})
    return translators.requires_grad_(False).to(model.network.device)
