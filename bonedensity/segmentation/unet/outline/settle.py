"""The outline network run over a CT: only where the U-Net doubts, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from bonedensity.errors import ModelError
from bonedensity.imaging import Volume
from bonedensity.learning.card import read_card
from bonedensity.learning.weights import WEIGHTS_FILE, load_weights
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked
from bonedensity.segmentation.network_grid import OUTSIDE_HU, interpolated
from bonedensity.segmentation.unet.network import BayesianUnet
from bonedensity.segmentation.unet.outline.fine import DOUBTFUL_LOGIT, fine_grid, fine_logit
from bonedensity.segmentation.unet.outline.network import REACH, OutlineNetwork
from bonedensity.segmentation.unet.predict import Prediction

BLOCK = 48
"""Voxels along each axis."""

FOLDER = "outline"
"""Of its weights and card, in the U-Net's."""

GENEROSITY = 1.0
"""Added to logits, so that bone begins at a probability of 0.27. The Dice of virtual people is the same from there to
0.5; others draw bone generously in wide voxels, and a density misses a lost cortex more than it minds muscle."""

METAL_ABOVE_HU = 1800.0
"""HU above it are metal's, which is inside bone and outside: what the U-Net says of it stays."""

Slices = tuple[slice, slice, slice]


def load_outline(folder: Path) -> OutlineNetwork | None:
    """The outline network that belongs to a U-Net's folder, ready to answer; None where there is none.

    Raises:
        UnreadableFileError, ModelError: Weights or card do not fit.
    """
    if not (folder / FOLDER / WEIGHTS_FILE).is_file():
        return None
    channels = read_card(folder / FOLDER).config.get("channels")
    if not isinstance(channels, int) or not 1 <= channels <= 256:
        raise ModelError(f"The card in “{folder / FOLDER}” describes no outline network: channels {channels!r}.")
    network = OutlineNetwork(channels)
    load_weights(network, folder / FOLDER)
    return network


def settled(
    ct: Volume,
    said: Prediction,
    unet: BayesianUnet,
    outline: OutlineNetwork,
    *,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Volume:
    """Probability of bone in voxels half as wide as the U-Net's, array axes (S, A, R); generous, see `GENEROSITY`.

    Args:
        ct: In HU.
        said: What the U-Net says of it.
        unet: Which prepares HU.
        outline: On the device where it is to work.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        CancelledError: `should_stop` said so.
    """
    fine = fine_grid(said.grid)
    hu = torch.from_numpy(np.ascontiguousarray(interpolated(ct, fine, outside=OUTSIDE_HU).T))
    logit = fine_logit(said.bone[None])[0, 0]
    chance, doubtful = torch.sigmoid(logit), (logit.abs() < DOUBTFUL_LOGIT) & (hu < METAL_ABOVE_HU)
    around = [pad(each[None, None], [REACH] * 6, mode="replicate") for each in (unet.prepared(hu), logit)]
    blocks = [block for block in _blocks(doubtful.shape) if doubtful[block].any()]
    for number, block in enumerate(blocks):
        stop_if_asked(should_stop)
        answer = torch.sigmoid(_answer(outline, around, block) + GENEROSITY)
        chance[block] = torch.where(doubtful[block], answer, chance[block])
        on_progress((number + 1) / len(blocks), f"outlines: block {number + 1} of {len(blocks)}")
    return fine.with_array(np.ascontiguousarray(chance.numpy().T), unit="1", name="probability of bone")


@torch.inference_mode()
def _answer(outline: OutlineNetwork, around: list[Tensor], block: Slices) -> Tensor:
    """Logits (R, A, S) of a block.

    Args:
        outline: On its device.
        around: Prepared HU and logits (1, 1, R, A, S) of the whole, wider by its reach on every side.
        block: Of what is not wider.
    """
    device, inside = next(outline.parameters()).device, slice(REACH, -REACH)
    wide = (slice(None), slice(None), *(slice(each.start, each.stop + 2 * REACH) for each in block))
    found = outline(*(each[wide].to(device) for each in around))
    return found[0, 0, inside, inside, inside].float().cpu()


def _blocks(shape: tuple[int, ...]) -> Iterator[Slices]:
    for r, a, s in product(*(range(0, n, BLOCK) for n in shape)):
        yield slice(r, min(r + BLOCK, shape[0])), slice(a, min(a + BLOCK, shape[1])), slice(s, min(s + BLOCK, shape[2]))
