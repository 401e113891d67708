"""What notebook 11 says of its numbers, recomputed by its own cells: the text shows a number, here is its bound."""

import numpy as np
import pytest

from helpers.datasets import linear_writers, memory_sweep, pair_recall, surname_models
from helpers.numpy_nets import linear
from tests.support.cells import run

NOTEBOOK = "11-recurrent-networks-today.ipynb"


@pytest.fixture(scope="module")
def scans():
    return run(NOTEBOOK, "combine", "scans", "scan-doubling", "scan-tree", "equal-to-the-loop", "lru", "lru-step",
               "lru-scan", "backward", "disk", "mingru", "attend")


def test_which_neighbors_are_combined_first_does_not_matter(scans):
    combine, steps = scans["combine"], np.random.default_rng(0).normal(size=(3, 2))
    one, two, three = map(tuple, steps)
    assert combine(combine(one, two), three) == pytest.approx(combine(one, combine(two, three)))


def test_scanned_lru_and_mingru_are_their_steps_and_the_backward_scan_is_autograds(scans):
    assert abs(scans["y"] - scans["by_step"]).max() < 1e-12
    assert abs(scans["grad_h"] - scans["steps"].grad.numpy()).max() < 1e-10 * abs(scans["grad_h"]).max()
    assert abs(scans["grad_lambda"] - scans["lam"].grad.numpy()).max() < 1e-10 * abs(scans["grad_lambda"]).max()
    assert abs(scans["h"] - scans["h_n"]).max() < 1e-12
    helper, _ = linear.lru_forward(scans["x"], None, scans["parameters"])
    assert abs(scans["y"] - helper).max() < 1e-12


def test_no_push_of_nu_log_leaves_the_disk_and_a_push_of_lambda_does(scans):
    assert abs(scans["pushed"]).max() < 1 and (abs(scans["direct"]) >= 1).sum() > 40
    for seed in range(20):
        moved = {name: array + 5 * np.random.default_rng(seed).normal(size=array.shape) for name, array in scans["ring"].items()}
        assert abs(scans["lru_matrices"](moved)[0]).max() <= 1


def test_attention_recalls_any_of_its_tokens(scans):
    for at in (0, 400, 999):
        found = scans["attend"](scans["keys"][at], scans["keys"], scans["values"], scale=300)
        assert abs(found - scans["values"][at]).max() < 1e-9


@pytest.mark.long
def test_both_linear_nets_learn_random_lags_within_400_updates():
    names = run(NOTEBOOK, "training-loop", "recall-batches")
    for net in ("LRU", "minGRU"):
        losses = [loss for loss, _ in names["training"](net, names["units"][net], names["TASKS"]["recall"], names["recall_batches"](20), 20)]
        assert np.mean(losses[-50:]) < 0.01


def test_a_clock_knows_its_lag_alone_and_a_gate_holds():
    runs = memory_sweep()
    runs = runs[(runs["task"] == "recall") & (runs["role"] == "measured")]
    clock = runs[(runs["net"] == "LRU") & (runs["training"] == "one lag")]
    assert clock["same"].min() > 0.9 and max(clock["minus_1"].mean(), clock["plus_1"].mean()) < 0.2
    gate = {training: runs[(runs["net"] == "minGRU") & (runs["training"] == training)] for training in ("one lag", "random lags")}
    assert gate["random lags"]["unseen"].min() > 0.9 and (gate["one lag"]["same"] > 0.5).sum() == 1


def test_the_linear_nets_add_the_lru_copies_worst_and_a_larger_state_recalls_more():
    runs, pairs = memory_sweep(), pair_recall()
    runs = runs[runs["role"] == "measured"]

    def unseen(task, net, training):
        return runs["unseen"][(runs["task"] == task) & (runs["net"] == net) & (runs["training"] == training)].mean()

    for training in ("one lag", "random lags"):
        assert unseen("adding", "minGRU", training) > unseen("adding", "GRU", training) > unseen("adding", "LRU", training) > 0.75
        assert unseen("copying", "LRU", training) < 0.25 < unseen("copying", "minGRU", training)
    eight = {(net, state): pairs["accuracy"][(pairs["net"] == net) & (pairs["state"] == state) & (pairs["pairs"] == 8)].mean()
             for net, state in (("GRU", 8), ("GRU", 32), ("minGRU", 32), ("LRU", 32), ("attention", 0))}
    assert eight["attention", 0] > 0.99 and eight["GRU", 32] > 0.95 > eight["minGRU", 32] > eight["LRU", 32]
    assert 0.8 < eight["GRU", 8] < 0.9
    updates = {net: pairs["updates"][(pairs["net"] == net) & (pairs["state"] == state)] for net, state in (("attention", 0), ("GRU", 32))}
    assert updates["attention"].max() < 400 < updates["GRU"].min()


def test_the_linear_writers_are_between_the_gru_and_the_tanh_network():
    before, table = surname_models(), linear_writers()
    lru, mingru = (table["test"][(table["net"] == net) & (table["chosen"] == 1)] for net in ("LRU", "minGRU"))
    counting, tanh, gru = (before[model, "test_perplexity"][1][:, 0] for model in ("5-gram", "tanh 225", "GRU 128"))
    assert gru.max() + 0.2 < min(lru.min(), mingru.min()) and max(lru.max(), mingru.max()) < tanh.min()
    assert lru.max() < counting[0] and abs(mingru.mean() - counting[0]) < 0.05
