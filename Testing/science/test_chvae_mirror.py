"""Images seen from the other side, and stretched: the same spine with left and right exchanged, or with other sizes."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from bonedensity.generators.chvae.image.batch import Batch  # noqa: E402
from bonedensity.generators.chvae.image.region_loss import edges  # noqa: E402
from bonedensity.generators.chvae.morphometry.mirror import mirrored_corners  # noqa: E402
from bonedensity.generators.chvae.training.mirror import mirrored_by_chance  # noqa: E402
from bonedensity.generators.chvae.training.stretch import MOST, stretched_by_chance  # noqa: E402

PIXELS = 32


def a_batch(people: int = 64) -> Batch:
    """Bright dots at the corners of spines that lean to one side."""
    torch.manual_seed(3)
    columns = torch.rand(people, 4, 1) * 0.2 + torch.tensor([0.3, 0.6, 0.55, 0.25])
    rows = torch.linspace(0.1, 0.7, 4)[None, :, None] + torch.tensor([0.0, 0.0, 0.1, 0.1])
    corners = torch.stack([columns, rows.expand_as(columns)], dim=-1).reshape(people, 16, 2)
    return Batch(dots(corners), torch.rand(people, 7, dtype=torch.float64), corners)


def dots(corners):
    image = torch.zeros(len(corners), 1, PIXELS, PIXELS)
    at = (corners * PIXELS).long()
    for person, places in enumerate(at):
        image[person, 0, places[:, 1], places[:, 0]] = 1
    return image


def test_corners_stay_on_what_they_mark():
    batch = a_batch()
    seen = mirrored_by_chance(batch)
    bright = torch.stack([i[0, r, c] for i, (c, r) in _places(seen)])
    assert (bright > 0).float().mean() > 0.97  # a dot on the border of two pixels may fall into the next one
    assert torch.equal(seen.attributes, batch.attributes)


def _places(batch: Batch):
    for image, corners in zip(batch.image, batch.corners, strict=True):
        at = (corners * PIXELS).long()
        yield image, (at[:, 0], at[:, 1])


def test_about_half_is_mirrored_and_left_stays_left():
    batch = a_batch()
    seen = mirrored_by_chance(batch)
    turned = (seen.corners != batch.corners).flatten(1).any(1).float().mean()
    assert 0.25 < turned < 0.75
    levels = seen.corners.view(-1, 4, 4, 2)
    assert (levels[:, :, 0, 0] < levels[:, :, 1, 0]).all()  # superior left before superior right in every image
    assert (levels[:, :, 3, 0] < levels[:, :, 2, 0]).all()


def test_twice_mirrored_corners_are_as_they_were_and_unknown_ones_stay_unknown():
    corners = a_batch(3).corners
    corners[1, 5] = float("nan")
    again = mirrored_corners(mirrored_corners(corners))
    assert torch.allclose(again, corners, equal_nan=True)


def test_a_stretched_spine_has_the_sizes_that_its_image_shows():
    names = ("sex", "age", "l1_l4_width", "l1_l4_height", "l1_l4_area")
    y, x = torch.meshgrid(torch.arange(96) - 47.5, torch.arange(96) - 47.5, indexing="ij")
    block = ((x.abs() < 20) & (y.abs() < 30)).float().expand(40, 1, 96, 96)
    corner = torch.tensor([20.0, 30.0]) / 96 + 0.5
    people = torch.tensor([[1.0, 60.0, 40.0, 60.0, 2400.0]], dtype=torch.float64).expand(40, 5)
    torch.manual_seed(0)
    seen = stretched_by_chance(Batch(block, people, corner.expand(40, 16, 2)), names)
    width, height = seen.image[:, 0, 47].sum(1).double(), seen.image[:, 0, :, 47].sum(1).double()
    assert torch.allclose(seen.attributes[:, 2:], torch.stack([width, height, width * height], 1), rtol=0.03)
    assert torch.allclose((seen.corners[:, 0] - 0.5) * 2 * 96, torch.stack([width, height], 1).float(), atol=1)
    assert torch.equal(seen.attributes[:, :2], people[:, :2])
    logs = torch.log(seen.attributes[:, 2] / 40)
    assert logs.abs().max() <= MOST
    assert logs.std() > MOST / 3


def test_edges_are_those_of_the_five_point_laplacian():
    image = torch.rand(2, 1, 9, 7, dtype=torch.float64)
    kernel = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]], dtype=torch.float64)[None, None]
    wide = torch.nn.functional.pad(image, (1, 1, 1, 1), mode="replicate")
    assert torch.allclose(edges(image), torch.nn.functional.conv2d(wide, kernel))
    slope = torch.arange(7.0).expand(1, 1, 9, 7)
    assert torch.allclose(edges(slope)[..., 1:-1], torch.zeros(1, 1, 9, 5))  # an even slope has no edge
