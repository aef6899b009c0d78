"""The image mechanism: sizes, likelihood, warm-up, losses; latents are exogenous and the context acts."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from itertools import pairwise

import pytest
import torch

from bonedensity.errors import ModelError
from bonedensity.generators.chvae.config import MORPHOMETRY, SIZES, config_of
from bonedensity.generators.chvae.image.build import build_image_model
from bonedensity.generators.chvae.image.distributions import LaplacePixels, Normal, divergence
from bonedensity.generators.chvae.image.region_columns import region_columns
from bonedensity.generators.chvae.image.region_loss import EDGE_WEIGHT, edges, region_loss
from bonedensity.generators.chvae.morphometry.network import MeasuringNetwork, _centres, negative_log
from bonedensity.generators.chvae.training.vae_module import FIRST_BETA, negative_elbo, warm

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = SIZES["tiny"]
LADDER = replace(TINY, ladder=(4, 4, 2))


@pytest.fixture(autouse=True)
def same_start():
    torch.manual_seed(0)


def millions(parameters):
    return sum(parameter.numel() for parameter in parameters) / 1e6


def test_the_paper_size_has_the_published_number_of_parameters():
    network = build_image_model(SIZES["paper"])
    assert millions(network.parameters()) == pytest.approx(3.85, rel=0.02)
    assert millions(network.encoder_parameters()) == pytest.approx(1.12, rel=0.02)
    assert SIZES["paper"].context == MORPHOMETRY


@pytest.mark.parametrize("config", [TINY, LADDER], ids=["two levels", "ladder"])
def test_images_come_back_in_their_range_and_latents_do_not_know_the_new_context(config):
    network = build_image_model(config).eval()
    image, context = torch.rand(2, 1, 64, 64), torch.randn(2, len(config.context))
    with torch.inference_mode():
        found = network.abduct(image, context, random=False)
        mean, other = network.decode(found.latents, context), network.decode(found.latents, context + 1)
        again = network.abduct(image, context, random=False)
        random = network.abduct(image, context, random=True)
    assert mean.shape == image.shape
    assert 0 <= mean.min() <= mean.max() <= 1
    assert not torch.equal(mean, other)
    assert (found.divergence >= 0).all()
    assert all(torch.equal(a, b) for a, b in zip(found.latents, again.latents, strict=True))
    assert not torch.equal(found.latents[0], random.latents[0])


@pytest.mark.parametrize("config", [TINY, LADDER], ids=["two levels", "ladder"])
def test_every_parameter_learns_from_the_bound(config):
    network = build_image_model(config)
    bound = negative_elbo(network, torch.rand(4, 1, 64, 64), torch.randn(4, len(config.context))).value
    bound.mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_divergence_of_normals_is_the_textbook_one():
    q = Normal(torch.tensor([[1.0, -2.0]]), torch.tensor([[0.0, 0.5]]))
    p = Normal(torch.zeros(1, 2), torch.tensor([[0.0, 0.2]]))
    wanted = torch.distributions.kl_divergence(
        torch.distributions.Normal(q.mean, q.log_sd.exp()), torch.distributions.Normal(p.mean, p.log_sd.exp())
    ).sum()
    assert divergence(q, p).item() == pytest.approx(wanted.item(), rel=1e-6)
    assert divergence(p, p).item() == 0


def test_pixels_are_laplace_with_a_capped_scale():
    pixels = LaplacePixels(0.05)
    assert pixels.scale.item() == pytest.approx(math.exp(-5))
    truth = torch.distributions.Laplace(torch.tensor(0.3), pixels.scale.detach())
    found = pixels.negative_log(torch.full((1, 1, 1, 1), 0.35), torch.full((1, 1, 1, 1), 0.3))
    assert found.item() == pytest.approx(-truth.log_prob(torch.tensor(0.35)).item(), rel=1e-5)
    with torch.no_grad():
        pixels.log_scale.fill_(0.0)
    assert pixels.scale.item() == pytest.approx(0.05)


def test_the_warm_up_rises_from_almost_nothing_to_one_and_stays():
    weights = [warm(step, 2000) for step in range(2000)]
    assert weights[0] == FIRST_BETA
    assert all(b >= a for a, b in pairwise(weights))
    assert weights[450] == pytest.approx(0.5, abs=1e-3)
    assert set(weights[900:]) == {1.0}


def test_the_region_is_the_middle_and_edges_of_a_slope_are_nothing():
    assert region_columns(192) == slice(58, 134)
    slope = torch.linspace(0, 1, 64).expand(1, 1, 64, 64)
    assert edges(slope)[..., 1:-1].abs().max() < 1e-6
    image, beside, inside = (torch.full((1, 1, 64, 64), 0.5) for _ in range(3))
    beside[..., :5] += 0.2
    inside[..., 30:35] += 0.2
    assert region_loss(image, image, 1.0).item() == 0
    assert region_loss(image, beside, 1.0).item() == pytest.approx(region_loss(image, beside, 0.0).item())
    assert region_loss(image, beside, 1.0).item() == pytest.approx(EDGE_WEIGHT * 64 * 0.2 * 2, rel=1e-4)
    assert region_loss(image, inside, 1.0) > 100 * region_loss(image, beside, 1.0)


def test_a_point_of_heat_is_found_where_it_is():
    heat = torch.zeros(1, 2, 16, 32)
    heat[0, 0, 4, 8] = heat[0, 1, 15, 31] = 1e4
    found = _centres(heat)[0]
    assert torch.allclose(found, torch.tensor([[8.5 / 32, 4.5 / 16], [31.5 / 32, 15.5 / 16]]))
    said = MeasuringNetwork(3).eval()(torch.rand(2, 1, 64, 64))
    assert said.corners.shape == (2, 16, 2)
    assert said.attributes.mean.shape == (2, 3)
    assert 0 < said.corners.min() < said.corners.max() < 1
    truth = torch.randn(2, 3)
    sure = Normal(truth, torch.full((2, 3), -1.0))
    assert (negative_log(sure, truth) < negative_log(sure, truth + 1)).all()


@pytest.mark.parametrize(
    "change", [{"pixels": 63}, {"z1": 0}, {"encoder": ()}, {"scale_cap": 0.0}, {"context": ()}, {"decoder": (8, 9999)}]
)
def test_cards_of_networks_that_cannot_be_are_refused(change):
    assert config_of(asdict(TINY)) == TINY
    with pytest.raises(ModelError):
        config_of({**asdict(TINY), **change})
    with pytest.raises(ModelError, match="z3"):
        config_of({**asdict(TINY), "z3": 1})
