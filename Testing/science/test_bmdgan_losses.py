"""BMD-GAN's losses, each against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from bonedensity.estimators.bmdgan.losses.adversarial import critic_loss, deceiving_loss, feature_matching_loss
from bonedensity.estimators.bmdgan.losses.decomposition import LossWeights, Terms, decomposition_terms
from bonedensity.estimators.bmdgan.losses.gradient_correlation import gradient_correlation, gradient_correlation_loss
from bonedensity.estimators.bmdgan.losses.sample_weights import sample_weights
from bonedensity.estimators.bmdgan.losses.steadiness import hip_numbers, unsteadiness
from bonedensity.registration.similarity.gradient_correlation import GradientCorrelation


def smooth_images(seed, count=2, shape=(48, 40)):
    rng = np.random.default_rng(seed)
    return np.stack([gaussian_filter(rng.normal(size=shape), 2) for _ in range(count)]).astype(np.float32)


def batch(images):
    return torch.from_numpy(images)[:, None]


@pytest.mark.parametrize("seed", range(3))
def test_gradient_correlation_is_that_of_registration(seed):
    moving, fixed = smooth_images(seed), smooth_images(seed + 10)
    moving = 0.6 * moving + 0.4 * fixed
    found = gradient_correlation(batch(moving), batch(fixed), strongest_edges=99.0)
    expected = [GradientCorrelation(b)(a) for a, b in zip(moving, fixed, strict=True)]
    assert found.numpy() == pytest.approx(expected, abs=1e-5)


def test_gradient_correlation_ignores_brightness_and_contrast_and_turns_with_the_sign():
    image = batch(smooth_images(0))
    assert gradient_correlation(3 * image + 7, image).numpy() == pytest.approx(1, abs=1e-4)
    assert gradient_correlation(-image, image).numpy() == pytest.approx(-1, abs=1e-4)


def test_descending_the_gradient_correlation_loss_brings_edges_together():
    truth = batch(smooth_images(1, 1))
    found = batch(smooth_images(2, 1)).requires_grad_(True)
    before = gradient_correlation(found, truth).item()
    optimiser = torch.optim.Adam([found], lr=0.05)
    for _ in range(60):
        optimiser.zero_grad()
        gradient_correlation_loss(found, truth).backward()
        optimiser.step()
    assert abs(before) < 0.3
    assert gradient_correlation(found, truth).item() > 0.9


def test_a_truth_without_bone_asks_for_nothing_and_leaves_the_slope_finite():
    found = batch(smooth_images(3)).requires_grad_(True)
    truth = torch.full_like(found, -1.0)
    gradient_correlation_loss(found, truth).backward()
    assert gradient_correlation_loss(found, truth).item() == 0
    assert torch.isfinite(found.grad).all()


def seen(logit, feature=0.0):
    """Two critics with one layer before their logits."""
    return [[torch.full((1, 2, 3, 3), feature), torch.full((1, 1, 2, 2), logit)] for _ in range(2)]


def test_least_squares_critics_are_content_at_one_and_zero_and_undecided_at_a_half():
    assert critic_loss(seen(1.0), seen(0.0)).item() == 0
    assert critic_loss(seen(0.5), seen(0.5)).item() == pytest.approx(0.25)
    assert deceiving_loss(seen(1.0)).item() == 0
    assert deceiving_loss(seen(0.0)).item() == pytest.approx(1)


def test_log_game_has_the_equilibrium_of_the_paper():
    assert critic_loss(seen(0.0), seen(0.0), "log").item() == pytest.approx(np.log(2))
    assert deceiving_loss(seen(0.0), "log").item() == pytest.approx(np.log(2))
    assert critic_loss(seen(20.0), seen(-20.0), "log").item() == pytest.approx(0, abs=1e-6)


def test_feature_matching_counts_layers_alike_and_leaves_logits_out():
    assert feature_matching_loss(seen(5.0, 1.0), seen(-5.0, 1.0)).item() == 0
    # 4 over one layer and over two critics, twice, times a difference of a half
    assert feature_matching_loss(seen(0.0, 1.5), seen(0.0, 1.0)).item() == pytest.approx(4 * 0.5)


def test_the_whole_loss_has_the_papers_weights():
    one = torch.ones(())
    assert Terms(one, one, one, one).total(LossWeights()).item() == 100 + 1 + 10 + 1
    images = batch(smooth_images(0))
    terms = decomposition_terms(images, images, [], [], "least-squares")
    assert terms.total(LossWeights()).item() == pytest.approx(0, abs=1e-4)


def test_sample_weights_of_the_paper_fall_from_the_mean_to_the_extreme_and_the_inverse_rise():
    densities = [0.5, 0.7, 0.8, 0.9, 1.1]
    paper, inverse = sample_weights(densities, "paper"), sample_weights(densities, "inverse")
    assert paper == pytest.approx([0.5, 1.5 - 1 / 3, 1.5, 1.5 - 1 / 3, 0.5])
    assert paper + inverse == pytest.approx(2)
    assert (sample_weights(densities, "none") == 1).all()


def test_people_without_a_density_weigh_one_and_do_not_disturb_others():
    weights = sample_weights([0.5, np.nan, 1.1, 0.8], "paper")
    assert weights[1] == 1
    assert weights[[0, 2, 3]] == pytest.approx([0.5, 0.5, 1.5])


def test_unsteadiness_is_the_mean_over_hips_of_the_deviation_between_their_images():
    hips = hip_numbers(["a", "b", "a", "b", "b", "c"])
    answers = torch.tensor([[1.0, 0.0], [5.0, 2.0], [2.0, 0.0], [5.0, 3.0], [5.0, 4.0], [9.0, 9.0]])
    of_a, of_b = np.std([1, 2]) / 2, np.std([2, 3, 4]) / 2  # one target of two differs; c is shown once
    assert unsteadiness(answers, hips).item() == pytest.approx((of_a + of_b) / 2, abs=2e-3)
    assert unsteadiness(answers + 7, hips).item() == pytest.approx(unsteadiness(answers, hips).item(), abs=1e-5)


def test_unsteadiness_of_hips_that_are_shown_once_is_none_and_has_no_slope():
    answers = torch.randn(4, 2, requires_grad=True)
    once = unsteadiness(answers, torch.arange(4))
    once.backward()
    assert once.item() == 0
    assert (answers.grad == 0).all()


def test_descending_unsteadiness_brings_answers_together_and_leaves_each_hips_mean():
    answers = torch.tensor([[0.0], [1.0], [4.0], [4.0]], requires_grad=True)
    hips = torch.tensor([0, 0, 1, 1])
    before = answers.detach().clone()
    optimiser = torch.optim.SGD([answers], lr=0.5)
    for _ in range(3):
        optimiser.zero_grad()
        unsteadiness(answers, hips).backward()
        optimiser.step()
    assert abs(answers[0] - answers[1]).item() < 0.6
    assert torch.isfinite(answers).all()
    assert answers[:2].mean().item() == pytest.approx(before[:2].mean().item(), abs=1e-6)
    assert (answers[2:] == before[2:]).all()
