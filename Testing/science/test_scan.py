"""A look at many poses finds where a search should begin, on a landscape with deceptive optima."""

import numpy as np

from bonedensity.registration.scan import APART, promising

REACH = np.array([20.0, 20.0, 20.0, 25.0, 25.0, 60.0])
FAR = np.array([12.0, -9.0, 8.0, -14.0, 10.0, 35.0])


def hills(many: np.ndarray) -> np.ndarray:
    """A low hill at the start and a higher one far away."""
    near = 0.4 * np.exp(-0.5 * np.sum((many / REACH / 0.45) ** 2, axis=1))
    far = np.exp(-0.5 * np.sum(((many - FAR) / REACH / 0.45) ** 2, axis=1))
    return near + far


def found(count: int = 4, samples: int = 512, seed: int = 1) -> np.ndarray:
    return promising(hills, REACH, samples, count, np.random.default_rng(seed))


def test_the_higher_hill_is_found_first_and_the_start_is_kept():
    chosen = found()
    assert np.linalg.norm((chosen[0] - FAR) / REACH) < np.linalg.norm(chosen[0] / REACH)
    assert any(not one.any() for one in chosen)


def test_what_is_chosen_lies_apart_within_reach_and_best_first():
    chosen = found(count=6)
    assert chosen.shape == (6, 6)
    assert (np.abs(chosen) <= REACH).all()
    for number, one in enumerate(chosen):
        for other in chosen[:number]:
            assert np.abs((one - other) / REACH).max() > APART
    assert (np.diff(hills(chosen)) <= 0).all()


def test_a_start_that_is_right_stays_first():
    chosen = promising(lambda many: -np.sum((many / REACH) ** 2, axis=1), REACH, 256, 3, np.random.default_rng(0))
    np.testing.assert_array_equal(chosen[0], np.zeros(6))


def test_the_same_generator_gives_the_same_poses():
    np.testing.assert_array_equal(found(seed=5), found(seed=5))
    assert not np.array_equal(found(seed=5), found(seed=6))
