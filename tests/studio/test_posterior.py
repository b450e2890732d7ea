"""p(y | x) under a prior that may be moved."""

from __future__ import annotations

import numpy as np

from dgm_studio.studio.reading.posterior import posterior, prior_in_use


def test_equal_weights_give_the_softmax() -> None:
    evidence = np.log(np.array([[0.2, 0.6], [0.5, 0.5]]))
    np.testing.assert_allclose(posterior(evidence), [[0.25, 0.75], [0.5, 0.5]])


def test_the_prior_multiplies() -> None:
    evidence = np.log(np.array([[0.2, 0.6]]))
    np.testing.assert_allclose(posterior(evidence, (3.0, 1.0)), [[0.5, 0.5]])
    np.testing.assert_allclose(posterior(evidence, (0.3, 0.1)), [[0.5, 0.5]])
    np.testing.assert_allclose(posterior(evidence, (0.0, 1.0)), [[0.0, 1.0]])


def test_weights_of_another_model_and_impossible_places_fall_back_to_equal_ones() -> None:
    np.testing.assert_allclose(posterior(np.zeros((1, 2)), (1.0, 2.0, 3.0)), [[0.5, 0.5]])
    np.testing.assert_allclose(posterior(np.full((1, 4), -np.inf)), [[0.25] * 4])
    np.testing.assert_allclose(posterior(np.zeros((1, 2)), (0.0, 0.0)), [[0.5, 0.5]])


def test_without_a_prior_of_a_persons_own_the_shares_of_the_data_count() -> None:
    assert prior_in_use((), (0.8, 0.2)) == (0.8, 0.2)
    assert prior_in_use((1.0, 0.3), (0.8, 0.2)) == (1.0, 0.3)
    assert prior_in_use((1.0, 0.3, 0.1), (0.8, 0.2)) == (0.8, 0.2)  # moved for another model
    assert prior_in_use((1.0, 0.3), ()) == (1.0, 0.3)
