"""k-means finds separate groups, and clusters serve as classes."""

from __future__ import annotations

import pytest
import torch
from sklearn.cluster import KMeans

from dgm_studio.contract import DataError, finish, rng_for
from dgm_studio.data.clustered import clustered
from dgm_studio.engine.runs.opening import DataCache
from dgm_studio.nets.kmeans import kmeans, nearest
from dgm_studio.protocol.spec import DataChoice


def groups(n: int = 400) -> torch.Tensor:
    rng = rng_for(0)
    return torch.randn(n, 2, generator=rng) + 12 * torch.randint(3, (n, 1), generator=rng)


def test_separate_groups_are_found_as_by_scikit_learn() -> None:
    x = groups()
    centres = kmeans(x, 3, rng_for(1))
    expected = torch.from_numpy(KMeans(3, n_init=3, random_state=0).fit(x.numpy()).cluster_centers_)
    torch.testing.assert_close(centres.sort(0).values, expected.sort(0).values, atol=1e-3, rtol=0)
    assert len(nearest(x, centres).unique()) == 3


def test_equal_points_and_too_few() -> None:
    assert kmeans(torch.zeros(5, 2), 3, rng_for(0)).shape == (3, 2)
    with pytest.raises(ValueError, match="at least as many"):
        kmeans(torch.zeros(2, 2), 3, rng_for(0))


@pytest.mark.parametrize("name", ["moons", "digits"])
def test_clusters_become_the_classes_of_any_data(name: str) -> None:
    shelf = DataCache()
    data = finish(shelf.load(DataChoice(name=name, clusters=6), 0, lambda loading: None))
    assert data.spec.classes == tuple(f"cluster {i}" for i in range(1, 7))
    for batch in (data.train, data.held_out):
        assert batch.label is not None
        assert set(batch.label.tolist()) == set(range(6))
    if data.fresh is not None:
        drawn = data.fresh(100, rng_for(3))
        assert drawn.label is not None
        assert data.joint_log_density is not None
        assert data.log_density is not None
        joint = data.joint_log_density(drawn.x)
        torch.testing.assert_close(joint.logsumexp(1), data.log_density(drawn.x))
        assert torch.equal(joint.argmax(1), drawn.label)


def test_too_many_clusters_are_refused() -> None:
    data = finish(DataCache().load(DataChoice(name="digits"), 0, lambda loading: None))
    with pytest.raises(DataError, match="too few"):
        clustered(data, 5000)
