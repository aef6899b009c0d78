"""BMD-GAN's networks: published sizes, attention that is what it says, gradients, a user's backbone."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from torch import nn

from bonedensity.errors import ModelError
from bonedensity.estimators.bmdgan.config import SIZES, config_of
from bonedensity.estimators.bmdgan.networks import registry
from bonedensity.estimators.bmdgan.networks.critics import Critics
from bonedensity.estimators.bmdgan.networks.generator import Generator
from bonedensity.estimators.bmdgan.networks.head import RegressionHead
from bonedensity.estimators.bmdgan.networks.hrformer import WindowAttention
from bonedensity.estimators.bmdgan.networks.likeness import Likeness
from bonedensity.estimators.bmdgan.networks.model import BmdganNetwork, Regressor
from bonedensity.estimators.bmdgan.networks.parts import DropPath, group_norm
from bonedensity.estimators.bmdgan.networks.quick_norm import QuickGroupNorm
from bonedensity.estimators.bmdgan.networks.registry import backbones, make_backbone, register_backbone
from bonedensity.estimators.bmdgan.networks.relative import RelativeAttention
from bonedensity.estimators.bmdgan.networks.views import over_views

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = SIZES["tiny"]
LITTLE = replace(
    TINY, rows=64, columns=32, stem=8, channels=(4, 8, 16, 32), heads=(1, 1, 2, 4), hidden=32, decoder=8,
    critic_filters=8, head=((1, 16), (1, 32)),
)  # fmt: skip


@pytest.fixture(autouse=True)
def same_start():
    torch.manual_seed(0)


def count_m(network):
    """Parameters in millions."""
    return sum(parameter.numel() for parameter in network.parameters()) / 1e6


@pytest.mark.parametrize(
    ("size", "backbone", "generator"), [("T", 2.6, 6.5), ("S", 7.9, 8.8), ("B", 44.0, 59.2)], ids=["T", "S", "B"]
)
def test_sizes_have_the_parameters_of_the_published_ones(size, backbone, generator):
    network = Generator(SIZES[size])
    assert count_m(network.encoder.backbone) == pytest.approx(backbone, abs=0.05)
    assert count_m(network) == pytest.approx(generator, abs=0.05)


def test_a_critic_and_the_head_have_their_published_size():
    assert count_m(Critics(SIZES["B"])) == pytest.approx(3 * 2.76, abs=0.02)
    assert count_m(RegressionHead(replace(SIZES["B"], rows=128, columns=64), 1)) == pytest.approx(23, abs=0.6)


@pytest.mark.parametrize("backbone", backbones())
def test_every_backbone_makes_a_projection_of_the_papers_image(backbone):
    generator = Generator(replace(LITTLE, backbone=backbone))
    with torch.inference_mode():
        found = generator(torch.zeros(1, 1, 512, 256))
    assert found.shape == (1, 1, 512, 256)
    assert found.abs().max() <= 1


@pytest.mark.parametrize("backbone", backbones())
def test_every_backbone_starts_at_a_quarter_of_the_resolution(backbone):
    network = make_backbone(replace(LITTLE, backbone=backbone))
    maps = network(torch.randn(1, 1, 64, 96))
    assert [each.shape[1] for each in maps] == list(network.widths)
    assert maps[0].shape[-2:] == (16, 24)


def test_hrformer_and_hrnet_see_four_resolutions():
    for backbone in ("hrformer", "hrnet"):
        maps = make_backbone(replace(LITTLE, backbone=backbone))(torch.randn(1, 1, 128, 64))
        assert [tuple(each.shape[-2:]) for each in maps] == [(32, 16), (16, 8), (8, 4), (4, 2)]


@pytest.mark.parametrize(("rows", "columns"), [(500, 256), (512, 250), (16, 32)])
def test_odd_sizes_are_refused_with_a_sentence(rows, columns):
    with pytest.raises(ModelError, match=f"multiples of 32, not {rows} x {columns}"):
        Generator(LITTLE)(torch.zeros(1, 1, rows, columns))


@pytest.mark.parametrize("backbone", backbones())
def test_gradients_reach_every_parameter_of_the_generator(backbone):
    generator = Generator(replace(LITTLE, backbone=backbone))
    generator(torch.randn(2, 1, 128, 64)).square().mean().backward()
    assert [name for name, p in generator.named_parameters() if p.grad is None or not p.grad.abs().max() > 0] == []


def test_gradients_reach_every_parameter_of_regressor_and_critics():
    image = torch.randn(2, 1, 64, 32)
    regressor, critics = Regressor(LITTLE), Critics(LITTLE)
    regressor(image).square().sum().backward()
    sum(layers[-1].square().mean() for layers in critics(image, image.flip(0))).backward()
    for network in (regressor, critics):
        assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().max() > 0] == []


def full_attention(module, tokens, rows, columns):
    """Every position attends to every other one; written out from the definition, biases looked up by offset."""
    attention = module.attention
    query, key, value = attention.into(tokens).chunk(3, dim=-1)
    width = query.shape[-1] // attention.heads
    span = 2 * module.window - 1
    out = torch.zeros_like(query)
    places = [(y, x) for y in range(rows) for x in range(columns)]
    for head in range(attention.heads):
        part = slice(head * width, (head + 1) * width)
        for i, (yi, xi) in enumerate(places):
            offsets = [(yi - y + module.window - 1) * span + xi - x + module.window - 1 for y, x in places]
            logits = key[0, :, part] @ query[0, i, part] / width**0.5 + attention.table[offsets, head]
            out[0, i, part] = torch.softmax(logits, dim=0) @ value[0, :, part]
    return attention.out(out)


@pytest.mark.parametrize(("rows", "columns"), [(7, 7), (4, 6), (5, 3)])
def test_window_attention_is_full_attention_where_one_window_covers_the_map(rows, columns):
    module = WindowAttention(8, 2, 7)
    nn.init.normal_(module.attention.table)
    image = torch.randn(1, rows, columns, 8)
    expected = full_attention(module, image.flatten(1, 2), rows, columns)
    with torch.no_grad():
        assert torch.allclose(module(image).flatten(1, 2), expected, atol=1e-5)


def test_windows_do_not_see_each_other():
    module = WindowAttention(4, 1, 4)
    image = torch.randn(1, 8, 8, 4)
    changed = image.clone()
    changed[:, :4, :4] += 1
    with torch.no_grad():
        difference = (module(image) - module(changed)).abs().amax(dim=-1)[0]
    assert difference[:4, :4].min() > 0
    assert difference[4:].max() == 0
    assert difference[:, 4:].max() == 0


def test_the_relative_bias_of_a_pair_does_not_change_when_the_pair_moves():
    attention = RelativeAttention(4, 2, 5, 6)
    bias = attention.bias().unflatten(1, (5, 6)).unflatten(3, (5, 6))
    assert torch.equal(bias[:, :-1, :-2, :-1, :-2], bias[:, 1:, 2:, 1:, 2:])
    assert len(torch.unique(bias[0])) == 9 * 11


def test_group_norm_halves_its_groups_until_they_divide():
    assert [group_norm(n).num_groups for n in (64, 78, 156, 18, 7)] == [32, 2, 4, 2, 1]


@pytest.mark.parametrize(("channels", "groups"), [(16, 16), (24, 8), (64, 32)])
def test_the_quick_norm_is_group_norm_with_its_slopes(channels, groups):
    torch.manual_seed(4)
    plain, quick = nn.GroupNorm(groups, channels), QuickGroupNorm(groups, channels)
    nn.init.normal_(plain.weight)
    nn.init.normal_(plain.bias)
    quick.load_state_dict(plain.state_dict())
    image = (3 + 2 * torch.randn(2, channels, 9, 6)).contiguous(memory_format=torch.channels_last)
    slope, found = torch.randn(2, channels, 9, 6), []
    for norm in (plain, quick):
        own = image.clone().requires_grad_()
        out = norm(own)
        out.backward(slope)
        found.append([out, own.grad, norm.weight.grad, norm.bias.grad])
    for a, b in zip(*found, strict=True):
        assert torch.allclose(a, b, atol=2e-4)


def test_the_quick_norm_leaves_other_kinds_of_numbers_to_pytorch():
    quick = QuickGroupNorm(4, 8)
    with torch.autocast("cpu", torch.bfloat16):
        assert quick(torch.randn(2, 8, 4, 4).bfloat16()).isfinite().all()
    assert quick(torch.full((1, 8, 4, 4), 7.0)).abs().max() < 1e-3


def test_drop_path_leaves_out_branches_of_whole_images_and_keeps_the_mean():
    drop = DropPath(0.25).train()
    found = drop(torch.ones(4000, 3, 2))
    kept = found[:, 0, 0] > 0
    assert torch.equal(found.amin(dim=(1, 2)) > 0, kept)
    assert kept.float().mean() == pytest.approx(0.75, abs=0.03)
    assert found.mean() == pytest.approx(1.0, abs=0.04)
    assert torch.equal(drop.eval()(torch.ones(2, 1)), torch.ones(2, 1))


def test_critics_see_the_same_pair_ever_coarser_and_are_equally_deep():
    seen = Critics(SIZES["small"])(torch.zeros(1, 1, 256, 128), torch.zeros(1, 1, 256, 128))
    assert len(seen) == 3
    assert {len(layers) for layers in seen} == {5}
    rows = [layers[0].shape[-2] for layers in seen]
    assert rows == [129, 65, 33]


def test_a_users_backbone_plugs_in_by_name(monkeypatch):
    monkeypatch.setattr(registry, "_BACKBONES", dict(registry._BACKBONES))

    class Own(nn.Module):
        def __init__(self, config):
            super().__init__()
            self.widths = (6,)
            self.layer = nn.Conv2d(1, 6, 4, 4)

        def forward(self, image):
            return [self.layer(image)]

    register_backbone("own", Own)
    assert "own" in backbones()
    assert Generator(replace(LITTLE, backbone="own"))(torch.zeros(1, 1, 64, 32)).shape == (1, 1, 64, 32)
    with pytest.raises(ModelError, match="already"):
        register_backbone("own", Own)


def test_an_unknown_backbone_is_refused_with_those_there_are():
    with pytest.raises(ModelError, match="hrformer, hrnet, resnet, daformer"):
        Generator(replace(LITTLE, backbone="vgg"))


@pytest.mark.parametrize("size", SIZES)
def test_a_card_gives_its_configuration_back(size):
    assert config_of(json.loads(json.dumps(asdict(SIZES[size])))) == SIZES[size]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("rows", 100), ("columns", 0), ("stem", 10**9), ("channels", [8, 16]), ("heads", "1248")),
        *(
            ("last", 4),
            ("gather", 0),
            ("drop_path", 1.0),
            ("head", []),
            ("blocks", True),
            ("backbone", 3),
            ("top_g_cm2", -1),
        ),
    ],
)
def test_a_card_that_asks_for_what_cannot_be_is_refused(name, value):
    with pytest.raises(ModelError, match=name):
        config_of({**asdict(TINY), name: value})


def test_a_card_with_unknown_or_missing_entries_is_refused():
    with pytest.raises(ModelError, match="run_me"):
        config_of({**asdict(TINY), "run_me": "import os"})
    with pytest.raises(ModelError, match="stem"):
        config_of({name: value for name, value in asdict(TINY).items() if name != "stem"})


def test_likeness_is_mahalanobis_distance_where_images_are_many():
    rng = np.random.default_rng(0)
    spread = rng.normal(size=(8, 8))
    pooled = torch.from_numpy(rng.normal(size=(3000, 8)) @ spread + 5)
    likeness = Likeness(4)
    likeness.fit(pooled.float())
    strange = torch.from_numpy(rng.normal(size=(50, 8)) @ spread + 7).float()
    centred = (strange - pooled.mean(dim=0)).double()
    inverse = torch.linalg.inv(torch.cov(pooled.T))
    expected = ((centred @ inverse * centred).sum(dim=1) / 8).sqrt()
    likeness.pooled = lambda features: features
    assert torch.allclose(likeness(strange).double(), expected, rtol=0.02)


def test_likeness_survives_half_precision():
    rng = np.random.default_rng(1)
    pooled = torch.from_numpy(rng.normal(100, 1e-3, (200, 8))).float()
    likeness = Likeness(4)
    likeness.fit(pooled)
    likeness.pooled = lambda features: features
    before = likeness(pooled[:5])
    likeness.half().float()
    assert torch.allclose(likeness(pooled[:5]), before, atol=0.6)
    assert likeness(pooled[:5] + 10).min() > 9


def test_the_network_gives_projection_densities_and_distance():
    projection, numbers, distances = BmdganNetwork(LITTLE).eval()(torch.randn(3, 1, 64, 32))
    assert projection.shape == (3, 1, 64, 32)
    assert numbers.shape == (3, 2)
    assert distances.shape == (3,)


def grainy(seed):
    """Grains about two pixels wide."""
    grains = torch.rand(1, 1, 32, 24, generator=torch.Generator().manual_seed(seed))
    return nn.functional.interpolate(2 * grains - 1, size=(64, 48), mode="bilinear")


class AtOnePlace(nn.Module):
    """An answer that depends on where in the image a thing lies."""

    def forward(self, image):
        return image[:, 0, 32:33, 24]


def test_an_answer_over_views_depends_less_on_where_a_grain_lies():
    images = torch.cat([grainy(seed) for seed in range(20)])
    assert over_views(AtOnePlace(), images).std() < 0.8 * AtOnePlace()(images).std()


def test_every_image_of_a_batch_is_seen_from_the_same_sides():
    batch = torch.cat([grainy(0), grainy(4)])
    together = over_views(AtOnePlace(), batch)
    assert together.shape == (2, 1)
    assert torch.allclose(together[1:], over_views(AtOnePlace(), batch[1:]))
