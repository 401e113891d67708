"""The stored costs and key-value pairs of notebook 11 show what the course says of them."""

import numpy as np
import pytest

from helpers.datasets import pair_recall, scan_costs, token_costs


def accuracy(net, state, pairs):
    table = pair_recall()
    return table["accuracy"][(table["net"] == net) & (table["state"] == state) & (table["pairs"] == pairs)]


def test_the_table_of_pairs_is_whole():
    table = pair_recall()
    assert len(table) == 280 and set(table["pairs"].tolist()) == set(range(1, 9)) and set(table["seed"].tolist()) == set(range(5))
    assert table["accuracy"].min() >= 0.5 and table["accuracy"].max() == 1


@pytest.mark.parametrize("net", ["GRU", "LRU", "minGRU"])
def test_a_state_of_fixed_size_holds_few_pairs_and_a_larger_one_more(net):
    assert accuracy(net, 8, 1).min() > 0.99
    small, large = (np.median([accuracy(net, state, pairs) for pairs in range(1, 9)], axis=1) for state in (8, 32))
    assert small[-1] < 0.9 and (large >= small - 0.01).all() and large[-1] > small[-1] + 0.05


def test_the_larger_gru_has_more_parameters_and_all_other_recurrent_nets_used_up_their_updates():
    table = pair_recall()
    found = {(net, state): (parameters, updates == 4000) for net, state, parameters, updates
             in zip(*(table[name].tolist() for name in ("net", "state", "parameters", "updates")))}
    assert (found["GRU", 32], found["GRU", 8]) == ((4290, False), (498, True))
    assert found["minGRU", 32][1] and found["LRU", 32][1] and not found["attention", 0][1]


def test_attention_holds_them_all():
    assert min(accuracy("attention", 0, pairs).min() for pairs in range(1, 9)) > 0.99


def test_the_scans_win_with_few_channels_and_lose_with_many():
    costs = scan_costs()
    assert set(costs) == {(scan, channels) for scan in ("doubling", "tree") for channels in (1, 16, 64, 256, 1024)}
    for scan in ("doubling", "tree"):
        lengths, ratios = costs[scan, 1]
        assert lengths.tolist() == [16, 64, 256, 1024, 4096] and ratios[-1] < 0.05
        assert costs[scan, 1024][1].min() > 1 and costs[scan, 1024][1][-1] > 1.5


def test_one_more_token_costs_attention_more_and_more():
    costs = token_costs()
    tokens, kept, ratios = costs["GRU"]
    assert set(kept.tolist()) == {256} and ratios.max() < 1.2
    tokens, kept, ratios = costs["attention"]
    assert np.array_equal(kept, 512 * tokens) and (np.diff(ratios[-4:]) > 0).all() and ratios[-1] > 20
    assert ratios[tokens <= 64].max() < 1.2                                   # notebook 11: up to 64 tokens they cost the same
