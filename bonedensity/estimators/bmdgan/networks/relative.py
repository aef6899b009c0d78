"""Attention with a bias that depends only on how far apart two positions are, and in which direction."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def relative_index(rows: int, columns: int) -> Tensor:
    """Row of the bias table for each pair of positions on a grid, (rows columns, rows columns).

    Pairs that are equally far apart in rows and in columns share a number, so a bias looked up by it is the same
    wherever the pair stands.
    """
    at = torch.stack(torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")).flatten(1)
    down, right = at[:, :, None] - at[:, None, :]
    return (down + rows - 1) * (2 * columns - 1) + right + columns - 1


class RelativeAttention(nn.Module):
    """Multi-head self-attention on a grid, with a learnt bias for each offset and head (Liu et al. 2021).

    Args:
        channels: That come in.
        heads: That divide those that go out.
        rows: Of the grid.
        columns: Of the grid.
        out: Channels inside and going out; None for as many as come in.
    """

    def __init__(self, channels: int, heads: int, rows: int, columns: int, out: int | None = None) -> None:
        super().__init__()
        self.heads, width = heads, out or channels
        self.into = nn.Linear(channels, 3 * width)
        self.out = nn.Linear(width, width)
        self.table = nn.Parameter(0.02 * torch.randn((2 * rows - 1) * (2 * columns - 1), heads))
        self.register_buffer("index", relative_index(rows, columns), persistent=False)

    def bias(self) -> Tensor:
        """(heads, positions, positions), added to the logits of attention."""
        index: Tensor = self.get_buffer("index")
        return self.table[index].permute(2, 0, 1)

    def forward(self, tokens: Tensor, absent: Tensor | None = None) -> Tensor:
        """Attend.

        Args:
            tokens: (B, positions, channels) or (B, windows, positions, channels).
            absent: (windows, positions), True at positions that nobody may attend to; None where all are there.

        Returns:
            As `tokens`, with the channels that go out.
        """
        windows = tokens if tokens.ndim == 4 else tokens[:, None]
        split = self.into(windows).unflatten(-1, (3, self.heads, -1)).movedim(-3, 0)
        # Windows lie beside heads: for four dimensions PyTorch has a quick way, and for five it has none.
        query, key, value = split.transpose(-2, -3).flatten(2, 3)
        bias = self.bias().to(query.dtype).expand(windows.shape[1], -1, -1, -1)
        if absent is not None:
            bias = bias + torch.zeros_like(absent, dtype=query.dtype).masked_fill(absent, -torch.inf)[:, None, None]
        mixed = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias.flatten(0, 1)[None])
        out: Tensor = self.out(mixed.unflatten(1, (-1, self.heads)).transpose(2, 3).flatten(3))
        return out if tokens.ndim == 4 else out[:, 0]
