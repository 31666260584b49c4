"""The GRPO loss as in the papers: which tokens become more or less likely, and by how much.

R1 (eq. 1-2) writes the ratio for a whole output; this code follows DeepSeekMath (eq. 3), which has one
ratio per token. The variants differ in one line, the divisor, and in the settings of the clip and the
advantage:

    variant    a rollout's sum over its tokens is divided by     clip               A_i
    grpo       |o_i|, its own length                             1 - eps, 1 + eps   (r_i - mean r) / std r
    dapo       the mean length of the batch                      1 - eps, 1 + high  (r_i - mean r) / std r
    dr-grpo    L, the maximum completion length                  1 - eps, 1 + eps   r_i - mean r

Left out: TRL's other losses (CISPO, SAPO and so on), its upper bound on the ratio of tokens with a
negative advantage, and the sequence-level ratio (GSPO).
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument

Variant = Literal["grpo", "dapo", "dr-grpo"]


@checks_arguments
def grpo_loss(
    logps: Tensor,
    old_logps: Tensor,
    ref_logps: Tensor,
    advantages: Tensor,
    mask: Tensor,
    *,
    variant: Variant = "grpo",
    epsilon: float = 0.2,
    epsilon_high: float | None = None,
    beta: float = 0.0,
    unbiased_kl: bool = False,
    limit: int | None = None,
    mean_length: float | None = None,
) -> Tensor:
    """The loss of each rollout; training minimises the mean over the batch.

        J = 1/G sum_i 1/|o_i| sum_t [ min(rho A, clip(rho, 1 - eps, 1 + eps) A) - beta KL ]
        rho = pi_theta(o_t) / pi_old(o_t),   KL = pi_ref/pi_theta - log(pi_ref/pi_theta) - 1
                                                        (R1 eq. 1-2; DeepSeekMath eq. 3)

    If the divisor is the rollout's own length, a token of a short rollout has more weight than a token of
    a long rollout: short right answers and long wrong answers are favoured. DAPO (arXiv 2503.14476) gives
    all tokens of a batch equal weight; Dr. GRPO (arXiv 2503.20783) all tokens of all batches.

    Args:
        logps, old_logps, ref_logps: (B, T), log p of each token under the policy, under the sampling
            policy, and under the reference.
        advantages: (B,).
        mask: (B, T), 1 on the completion's tokens, 0 on padding; at least one token in each row.
        variant: `"grpo"`, `"dapo"` or `"dr-grpo"`: the divisor of a rollout's sum.
        epsilon: how far the ratio may fall or rise before the gradient stops.
        epsilon_high: a separate upper limit: DAPO's clip-higher uses 0.28 with a lower limit of 0.2.
        beta: weight of the KL term; 0.001 in R1, 0 in DAPO and Dr. GRPO.
        unbiased_kl: multiplies the KL term by the ratio, so that its gradient is that of the reverse KL
            (DeepSeek-V3.2, arXiv 2512.02556; TRL's default). R1's equation lacks this factor.
        limit: the maximum completion length in tokens, for `"dr-grpo"`.
        mean_length: for `"dapo"`, mean tokens per rollout of the whole batch if the rows are only a
            part of it; by default the mean over the given rows.

    Returns:
        Shape (B,).

    Raises:
        LabkitError: the variant is unknown, or `limit` is missing for Dr. GRPO.

    >>> one = torch.zeros(2, 4)  # two rollouts on policy: every ratio is 1
    >>> mask = torch.tensor([[1., 1., 1., 1.], [1., 0., 0., 0.]])
    >>> gains = torch.tensor([1., -1.])
    >>> grpo_loss(one, one, one, gains, mask).tolist()
    [-1.0, 1.0]
    >>> grpo_loss(one, one, one, gains, mask, variant="dapo").tolist()
    [-1.600000023841858, 0.4000000059604645]
    >>> grpo_loss(one, one, one, gains, mask, variant="dr-grpo", limit=8).tolist()
    [-0.5, 0.125]
    """
    gain = advantages[:, None]  # (B, 1): one per rollout, shared by its tokens
    ratio = torch.exp(logps - old_logps)  # (B, T): this policy / the sampling policy
    high = epsilon if epsilon_high is None else epsilon_high
    clipped = ratio.clamp(1 - epsilon, 1 + high)
    surrogate = torch.minimum(ratio * gain, clipped * gain)

    kl = k3(logps, ref_logps) * (ratio if unbiased_kl else 1)  # (B, T)

    objective = ((surrogate - beta * kl) * mask).sum(1)  # (B,): the mask excludes prompt and padding
    return -objective / divisor(mask.sum(1), variant, limit, mean_length)


def stopped_by_clip(
    logps: Tensor,
    old_logps: Tensor,
    advantages: Tensor,
    *,
    epsilon: float = 0.2,
    epsilon_high: float | None = None,
) -> Tensor:
    """The tokens whose gradient the clip stops, (B, T) of bool.

    The ratio of these tokens has moved past the clip in the direction of their advantage. A token whose ratio has
    moved past it in the other direction still learns, and a token without an advantage has no gradient.
    TRL's `clip_ratio/region_mean` is the share of such tokens among all completion tokens.

    Args:
        logps, old_logps: (B, T), as in `grpo_loss`.
        advantages: (B,).
        epsilon, epsilon_high: as in `grpo_loss`.

    >>> ratios = torch.tensor([[1.5, 1.0, 0.5], [1.5, 1.0, 0.5], [1.5, 1.0, 0.5]])
    >>> stopped_by_clip(ratios.log(), torch.zeros(3, 3), torch.tensor([1.0, -1.0, 0.0])).int().tolist()
    [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    """
    gain = advantages[:, None]  # (B, 1)
    ratio = torch.exp(logps - old_logps)  # (B, T)
    high = epsilon if epsilon_high is None else epsilon_high
    return ((gain > 0) & (ratio > 1 + high)) | ((gain < 0) & (ratio < 1 - epsilon))


def divisor(
    lengths: Tensor, variant: Variant, limit: int | None = None, mean_length: float | None = None
) -> Tensor:
    """The divisor of the sum over a rollout's tokens, (B,) in and out; see `grpo_loss`."""
    if variant == "grpo":
        return lengths
    if variant == "dapo":
        return torch.full_like(lengths, lengths.mean().item() if mean_length is None else mean_length)
    if variant == "dr-grpo" and limit:
        return torch.full_like(lengths, limit)
    if variant == "dr-grpo":
        raise BadArgument(
            "Dr. GRPO needs the most tokens that a rollout may have.",
            why="it divides by this constant and not by a length, so that no length is favoured.",
            next='grpo_loss(..., variant="dr-grpo", limit=500)',
        )
    raise BadArgument(
        f"There is no GRPO variant {variant!r}.",
        why=f"the variants are {', '.join(get_args(Variant))}.",
        next='grpo_loss(..., variant="dapo", epsilon_high=0.28)',
    )


def k3(logps: Tensor, ref_logps: Tensor) -> Tensor:
    """An estimate of KL(policy || reference) per token, from tokens sampled by the policy; never negative.

        r - log r - 1,  r = pi_ref / pi_theta                                       (R1 eq. 2)

    >>> round(float(k3(torch.tensor(0.5).log(), torch.tensor(0.25).log())), 3)
    0.193
    """
    log_ratio = ref_logps - logps
    return torch.exp(log_ratio) - log_ratio - 1
