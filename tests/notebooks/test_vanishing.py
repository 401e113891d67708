"""What notebook 04 concludes from its cells holds with other seeds; its own functions are run."""

import numpy as np
import pytest

from helpers.numpy_nets import optimize, rnn
from tests.support.cells import functions


@pytest.fixture(scope="module")
def taught():
    return functions("04-vanishing-and-exploding.ipynb", HIDDEN=64)


def test_at_a_fixed_length_weight_one_gets_steeper_and_over_lengths_it_is_a_power_law(taught):
    norms = taught["gradient_back"](1.0)
    assert np.all(np.diff(norms[1:] / norms[:-1]) < 0)
    left = [taught["gradient_back"](1.0, seq_len=length)[-1] for length in (200, 400, 800)]
    assert np.allclose([left[1] / left[0], left[2] / left[1]], 2**-1.5, rtol=0.05)


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_over_long_runs_a_radius_of_one_and_a_half_does_not_explode(taught, seed):
    rng = np.random.default_rng(seed)
    factor = {}
    for radius, strength in ((1.5, 0.01), (1.5, 1.0), (3.0, 0.01)):
        runs = [taught["noise_run"](taught["normal_matrix"](radius, rng), strength, rng, 600) for _ in range(9)]
        factor[radius, strength] = np.median([taught["fit_factor"](norms, 10, 300) for norms in runs])
    assert 0.97 < factor[1.5, 0.01] < 1.03 and factor[1.5, 1.0] < 0.9 and factor[3.0, 0.01] > 1.15


def test_without_clipping_one_update_ruins_the_network_and_with_it_it_solves_lag_forty(taught):
    late = {}
    for max_norm in (np.inf, 1.0):
        rng, losses = np.random.default_rng(1), []
        parameters = rnn.init_parameters(3, 64, 2, rng=rng, recurrent="orthogonal")
        for _ in range(150):
            loss, gradients = taught["recall_gradients"](parameters, 40, rng)
            parameters = optimize.sgd_update(parameters, taught["clip_by_norm"](gradients, max_norm)[0], 0.1)
            losses.append(loss)
        late[max_norm] = np.mean(losses[-20:])
    assert late[np.inf] > 0.3 and late[1.0] < 0.05


def test_clipping_keeps_the_cliff_s_neighbors_on_the_map_and_a_smaller_rate_does_not(taught):
    rng = np.random.default_rng(1)
    nearby = [(4.7 + dw, -3.0 + db) for dw, db in rng.uniform(-0.02, 0.02, (20, 2))]
    thrown = [sum(not taught["on_map"](*taught["descend"](*start, lr, max_norm, updates)[0][-1]) for start in nearby)
              for lr, max_norm, updates in ((0.2, None, 200), (0.2, 0.5, 200), (0.02, None, 400))]
    assert thrown[0] > 10 and thrown[1] <= 1 and thrown[2] > 10


def test_when_everything_that_multiplies_the_state_grows_the_leaky_cell_alone_stays_near_one(taught):
    factor = {}
    for name in taught["make_cells"](1, np.random.default_rng(0)):
        for grow in (1, 20):
            left = [taught["survival"](taught["make_cells"](grow, np.random.default_rng(seed))[name], np.random.default_rng([seed, 2]))
                    for seed in range(15)]
            factor[name, grow] = np.median(left) ** (1 / 30)
    near = {name for name, grow in factor if grow == 20 and factor[name, 20] < 1.2}
    assert near == {"leaky, g = 0.95"} and factor["gated, c = 3", 20] > 1.2
    assert factor["gated, c = 0", 1] < 0.85 < 0.92 < factor["gated, c = 3", 1]


def test_the_default_reaches_eight_years_back_whatever_the_series(taught):
    years, numbers = taught["sunspots"]()
    series = (numbers - numbers[:-1].mean()) / numbers[:-1].std()
    for make in (lambda rng: series, lambda rng: rng.permutation(series), lambda rng: rng.standard_normal(len(years))):
        reach = [taught["years_back"](make(np.random.default_rng([seed, 8])), "uniform", seed) for seed in range(100, 125)]
        assert 7 <= np.median(reach) <= 9
