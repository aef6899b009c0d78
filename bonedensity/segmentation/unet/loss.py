"""What the Bayesian U-Net is punished for, and how good its labels are."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool3d, binary_cross_entropy_with_logits

from bonedensity.segmentation.unet.network import Answer

NEIGHBOUR_WEIGHT = 0.1
"""Of the bone beside a voxel in what the voxel should be called: names must be right a little beyond the surface too,
where they are interpolated to."""


def segmentation_loss(logits: Answer, bones: Tensor) -> Tensor:
    """Cross entropy and one less the soft Dice, of bone or not and of which bone.

    Bones that the batch does not hold are left to the cross entropy: their Dice is 0 whatever small probability they
    get, and with few bones in a window they would be most of the loss.

    Args:
        logits: The network's answer.
        bones: Channel numbers (B, 1, R, A, S): 0, or one more than the bone's number.
    """
    any_bone, logit = (bones > 0).float(), logits.bone.float()
    chance = torch.sigmoid(logit)
    outline = binary_cross_entropy_with_logits(logit, any_bone) + 1 - _dice(chance, any_bone)
    shares = _shares(bones, logits.which.shape[1])
    counts = shares.sum(dim=(0, 2, 3, 4))
    if not counts.any():
        return outline
    log_which = torch.log_softmax(logits.which.float(), dim=1)
    wanted = shares + NEIGHBOUR_WEIGHT * avg_pool3d(shares, 3, stride=1, padding=1)
    naming = -(wanted * log_which).sum() / wanted.sum()
    dice = _dice(avg_pool3d(chance, 2) * log_which.exp(), shares)
    return outline + naming + 1 - dice[counts > 0].mean()


def _shares(bones: Tensor, count: int) -> Tensor:
    """Share of each wide voxel that is each bone (B, bones, R/2, A/2, S/2)."""
    batch, _, r, a, s = bones.shape
    inside = bones.reshape(batch, r // 2, 2, a // 2, 2, s // 2, 2).permute(0, 2, 4, 6, 1, 3, 5).flatten(1, 3)
    shares = torch.zeros((batch, count + 1, r // 2, a // 2, s // 2), device=bones.device)
    shares.scatter_add_(1, inside, torch.full(inside.shape, 1 / inside.shape[1], device=bones.device))
    return shares[:, 1:]


def _dice(chance: Tensor, truth: Tensor) -> Tensor:
    """Soft Dice of each channel over the batch."""
    over = (0, 2, 3, 4)
    return 2 * (chance * truth).sum(dim=over) / (chance.sum(dim=over) + truth.sum(dim=over)).clamp_min(1e-6)


def mean_dice(found: Tensor, truth: Tensor) -> Tensor:
    """Dice averaged over the bones that either holds; channel numbers of any one shape."""
    present = [value for value in torch.unique(torch.stack([found, truth])).tolist() if value]
    if not present:
        return torch.ones(())
    scores = [
        2 * ((found == value) & (truth == value)).sum() / ((found == value).sum() + (truth == value).sum())
        for value in present
    ]
    return torch.stack(scores).mean()
