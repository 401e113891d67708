"""No test year gets into a clean forecast, each leak of the lab leaks, and the stored tables hold."""

import numpy as np
import pytest
import torch
from torch import nn

from data import make_sunspot_leaks as script
from data import make_sunspot_refits as refits
from helpers.datasets import sunspot_leaks, sunspot_refits, sunspots
from helpers.with_torch import forecasting
from helpers.with_torch.forecasting import (
    Forecaster,
    autoregression,
    before,
    diebold_mariano,
    fit_autoregression,
    forecast,
    indices,
    network,
    paired_bootstrap,
    rmse,
    train_forecaster,
    windows,
)

PLACES, FOUR, FIVE = np.arange(20.0), np.ones((1, 4)), np.ones((5, 2, 1))
YEARS, NUMBERS = sunspots()
VALIDATION, TEST = indices(YEARS, 1921, 1960), indices(YEARS, 1961, 2008)
REFITS, EPOCHS = sunspot_refits()


# Windows, contexts, forecasts


def test_indices_take_both_ends():
    assert indices(np.arange(1700, 1710), 1703, 1705).tolist() == [3, 4, 5]
    assert indices(np.arange(1700, 1710), 1800, 1805).size == 0


@pytest.mark.parametrize("horizon", [1, 3])
def test_windows_are_every_run_and_the_run_a_horizon_later(horizon):
    x, target = windows(PLACES, 4, horizon)
    assert x.shape == target.shape == (4, 17 - horizon, 1)
    assert x[:, 5, 0].tolist() == [5, 6, 7, 8] and (target == x + horizon).all()


@pytest.mark.parametrize("horizon", [1, 3, 10])
def test_a_context_ends_the_horizon_before_its_target(horizon):
    context = before(PLACES, np.array([14, 19]), 5, horizon)
    assert context.shape == (5, 2)
    assert context[-1].tolist() == [14 - horizon, 19 - horizon]
    assert (np.diff(context, axis=0) == 1).all()


def test_a_forecast_is_fed_in_as_if_observed():
    seen = []

    def next_one(context):
        seen.append(context.copy())
        return 2 * context[-1]

    assert forecast(next_one, np.array([[1.0, 2.0], [3.0, 5.0]]), 3).tolist() == [24, 40]
    assert seen[1].tolist() == [[3, 5], [6, 10]] and seen[2].tolist() == [[6, 10], [12, 20]]


def test_rmse_is_of_the_last_axis():
    assert rmse(np.array([[1.0, 2.0], [4.0, 2.0]]), np.array([1.0, 2.0])) == pytest.approx([0, 4.5**0.5])


# Autoregression


def simulated(coefficients, count, noise):
    rng = np.random.default_rng(3)
    order, series = len(coefficients) - 1, rng.normal(size=count)
    for t in range(order, count):
        series[t] = coefficients[0] + coefficients[1:] @ series[t - order : t][::-1] + noise * rng.normal()
    return series


@pytest.mark.parametrize("coefficients", [[0.5, 0.9], [0.1, 1.3, -0.7], [-0.2, 0.5, 0.1, -0.4, 0.2]])
def test_autoregression_recovers_known_coefficients(coefficients):
    coefficients = np.array(coefficients)
    exact = fit_autoregression(simulated(coefficients, 40, noise=0.0), len(coefficients) - 1)
    assert exact == pytest.approx(coefficients, abs=1e-6)
    noisy = fit_autoregression(simulated(coefficients, 20_000, noise=1.0), len(coefficients) - 1)
    assert noisy == pytest.approx(coefficients, abs=0.03) and not np.allclose(noisy, coefficients, atol=1e-6)


def test_autoregression_forecasts_what_it_was_made_from():
    coefficients = np.array([0.1, 1.3, -0.7])
    series = simulated(coefficients, 60, noise=0.0)
    targets = np.arange(20, 60)
    for horizon in (1, 10):
        found = forecast(autoregression(coefficients), before(series, targets, 8, horizon), horizon)
        assert found == pytest.approx(series[targets], abs=1e-9)


def test_a_direct_autoregression_is_fitted_to_the_far_target():
    series = simulated(np.array([0.1, 1.3, -0.7]), 60, noise=0.0)
    targets = np.arange(30, 60)
    direct = autoregression(fit_autoregression(series[:30], 2, horizon=5))(before(series, targets, 8, 5))
    assert direct == pytest.approx(series[targets], abs=1e-9)      # without noise five steps are one linear step


def test_scaling_changes_no_forecast_of_an_autoregression():
    found = []
    for mean, deviation in ((0, 1), (NUMBERS.mean(), NUMBERS.std())):
        series = (NUMBERS - mean) / deviation
        one_step = autoregression(fit_autoregression(series[:221], 9))
        found.append(forecast(one_step, before(series, TEST, 40, 10), 10) * deviation + mean)
    assert np.abs(found[0] - found[1]).max() < 1e-8


# The network


def test_the_network_forecasts_from_its_context_alone():
    torch.manual_seed(0)
    model = Forecaster(nn.GRU(1, 3))
    context = np.random.default_rng(0).normal(size=(7, 4))
    with torch.no_grad():
        whole = model(torch.tensor(context[..., None], dtype=torch.float32))
    assert whole.shape == (7, 4, 1)
    assert network(model)(context) == pytest.approx(whole[-1, :, 0].numpy(), abs=1e-6)
    assert network(model)(context[:, 2:3]) == pytest.approx(network(model)(context)[2:3], abs=1e-6)


def trained(seed):
    torch.manual_seed(seed)
    model = Forecaster(nn.RNN(1, 3))
    x, target = windows(np.sin(np.arange(60.0)), 6)
    history = train_forecaster(model, x, target, lambda model: 0.0, seed, epochs=2)
    return history, [parameter.detach().numpy() for parameter in model.parameters()]


def test_the_seed_decides_everything():
    first, again, other = trained(1), trained(1), trained(2)
    assert first[0] == again[0] and all(map(np.array_equal, first[1], again[1]))
    assert first[0] != other[0]


def test_a_short_target_stands_for_the_last_steps(monkeypatch):
    losses = []

    def one_batch(model, batches, loss_of, validate, **settings):
        x, target = next(iter(batches(1)))
        losses.append((loss_of(model, (x, target)).item(), torch.mean((model(x)[-len(target):] - target) ** 2).item()))

    monkeypatch.setattr(forecasting, "fit", one_batch)
    x, target = windows(np.sin(np.arange(60.0)), 6)
    for last in (target, target[-1:]):
        torch.manual_seed(0)
        train_forecaster(Forecaster(nn.RNN(1, 3)), x, last, None, 0)
    assert losses[0][0] == pytest.approx(losses[0][1]) and losses[1][0] == pytest.approx(losses[1][1])
    assert losses[0][0] != pytest.approx(losses[1][0])


# The bootstrap


def test_bootstrap_of_a_constant_difference_is_that_difference():
    draws = paired_bootstrap(np.full((1, 12), 2.0), np.full((3, 12), 0.5), np.random.default_rng(0), block=5, draws=200)
    assert draws == pytest.approx(np.full(200, 1.5))


def test_bootstrap_of_two_years_has_the_three_values_it_must():
    draws = paired_bootstrap(np.array([[0.0, 2.0]]), np.zeros((1, 2)), np.random.default_rng(0), draws=8000)
    for value, probability in ((0, 0.25), (2**0.5, 0.5), (2, 0.25)):
        assert np.mean(np.isclose(draws, value)) == pytest.approx(probability, abs=0.03)


def test_bootstrap_is_paired():
    errors = np.random.default_rng(1).normal(size=(2, 30)) * np.linspace(1, 9, 30)
    assert paired_bootstrap(errors, errors[::-1], np.random.default_rng(0), block=3) == pytest.approx(np.zeros(10_000))


def test_blocks_are_consecutive_years_and_whole_draws():
    only_one = np.zeros((1, 6))
    only_one[0, 2] = 6**0.5
    whole = paired_bootstrap(only_one, np.zeros((1, 6)), np.random.default_rng(0), block=6, draws=100)
    assert whole == pytest.approx(np.ones(100))                 # the six years in some rotation: the year is in once
    neighbors = np.array([[1.0, 0, 0, 0, 0, 1.0]])             # the last year is followed by the first
    halves = paired_bootstrap(neighbors, np.zeros((1, 6)), np.random.default_rng(0), block=2, draws=4000) ** 2 * 6
    assert set(halves.round(9)) == set(range(7))


def test_blocks_widen_the_interval_where_years_hang_together():
    errors = np.repeat(np.random.default_rng(2).normal(size=(1, 12)), 10, axis=1)
    zeros, rng = np.zeros_like(errors), np.random.default_rng(0)
    spread = [paired_bootstrap(errors, zeros, rng, block).std() for block in (1, 10)]
    assert spread[1] > 2 * spread[0]


# Diebold and Mariano


def test_diebold_mariano_without_lags_is_the_mean_over_its_standard_error():
    rng = np.random.default_rng(0)
    errors, others = rng.normal(size=(3, 40)), rng.normal(size=(2, 40))
    gain = np.mean(errors**2, axis=0) - np.mean(others**2, axis=0)
    assert diebold_mariano(errors, others, 0) == pytest.approx(gain.mean() / (gain.std() / 40**0.5))
    assert diebold_mariano(others, errors, 3) == pytest.approx(-diebold_mariano(errors, others, 3))


def test_statsmodels_finds_the_same():
    """An independent judge, which the notebooks do without; loaded here, since each worker reads this file and one runs the test."""
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tsa.ar_model import AutoReg

    for order in (2, 9):
        assert fit_autoregression(NUMBERS[:221], order) == pytest.approx(AutoReg(NUMBERS[:221], order).fit().params, rel=1e-6)
    rng = np.random.default_rng(0)
    errors, others = rng.normal(size=(1, 48)), rng.normal(size=(1, 48))
    for lags in (0, 1, 10):
        gain = (errors**2 - others**2)[0]
        fit = OLS(gain, np.ones(48)).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})
        assert diebold_mariano(errors, others, lags) == pytest.approx(fit.tvalues[0], rel=1e-8)


# Bad input


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: windows(PLACES, 20), "series: expected at least 21 numbers.*got 20"),
        (lambda: windows(PLACES, 4, 0), "horizon: expected a whole number, 1 or more, got 0"),
        (lambda: diebold_mariano(FOUR, FOUR, 4), "lags: expected fewer than the number of years, 4, got 4"),
        (lambda: windows(PLACES, 0), "length: expected a whole number, 1 or more, got 0"),
        (lambda: windows(PLACES[:, None], 4), r"series: expected one row of finite numbers, got shape \(20, 1\)"),
        (lambda: windows(np.where(PLACES == 3, np.nan, PLACES), 4), "series: expected one row of finite numbers"),
        (lambda: before(PLACES, [5], 5, 2), "targets: expected positions from 6 to 19.*got 5 to 5"),
        (lambda: before(PLACES, [20], 5), "targets: expected positions from 5 to 19.*got 20 to 20"),
        (lambda: before(PLACES, [], 5), "targets: expected one position or more, got none"),
        (lambda: rmse(np.ones((4, 1)), np.ones(4)), r"forecasts: .* got \(4, 1\) for \(4,\)"),
        (lambda: before(PLACES, [9], 5, 0), "horizon: expected a whole number, 1 or more, got 0"),
        (lambda: forecast(lambda context: context[-1], PLACES, 1), r"context: expected shape .* got \(20,\)"),
        (lambda: forecast(lambda context: context[-1], PLACES[:, None], 0.5), "horizon: expected a whole number"),
        (lambda: fit_autoregression(PLACES, 0), "order: expected a whole number, 1 or more, got 0"),
        (lambda: fit_autoregression(PLACES, 10), "series: expected at least 21 numbers for order 10, got 20"),
        (lambda: train_forecaster(None, FIVE, np.ones((6, 2, 1)), None, 0), "target: expected the shape of x"),
        (lambda: train_forecaster(None, FIVE, np.ones((5, 3, 1)), None, 0), "target: expected the shape of x"),
        (lambda: train_forecaster(None, FIVE, FIVE, None, -1), "seed: expected a whole number"),
        (lambda: paired_bootstrap(np.ones(4), np.ones(4), None), r"errors: expected shape \(runs, years\).*got \(4,\)"),
        (lambda: paired_bootstrap(FOUR, np.ones((1, 5)), None), r"others: .* the same years in both, got \(1, 5\)"),
        (lambda: paired_bootstrap(FOUR, FOUR, None, block=5), "block: expected at most .* 4, got 5"),
        (lambda: paired_bootstrap(FOUR, FOUR, None, draws=0), "draws: expected a whole number"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# What the models of the script have seen


def years_trained_on(monkeypatch, protocol):
    """Return, for every training of a protocol, the years that are inputs in its windows and those that are targets."""
    monkeypatch.setattr(script, "NUMBERS", YEARS)               # each number says from which year it is
    trainings = []

    def record(model, x, target, validate, seed):
        scaled = script.Scaled(slice(None) if protocol == "scaler" else script.TRAIN)
        back = [(array * scaled.deviation + scaled.mean).round().astype(int) for array in (x, target)]
        trainings.append([set(array.ravel().tolist()) for array in back])
        return []

    monkeypatch.setattr(script, "train_forecaster", record)
    script.lab(protocol, 0)
    return trainings


@pytest.mark.parametrize("protocol, last", [("clean", 1920), ("stopping", 1920), ("scaler", 1920), ("up-to-1960", 1960),
                                            ("overlap", 2000)])
def test_the_last_year_that_trains(monkeypatch, protocol, last):
    (inputs, targets), = years_trained_on(monkeypatch, protocol)
    assert (min(inputs), max(inputs), max(targets)) == (1700, last - 1, last)


def test_random_windows_train_on_the_test_years(monkeypatch):
    trainings = years_trained_on(monkeypatch, "random")
    assert len(trainings) == 5
    for _, targets in trainings:
        assert len(targets & set(range(1961, 2009))) > 40
    for _, targets in years_trained_on(monkeypatch, "random-last"):
        assert 100 < len(targets) < 200                         # one target for each window, and no two alike


@pytest.mark.parametrize("leak, changes", [
    ({}, False), ({"last": TEST[0]}, False), ({"of": slice(None)}, True), ({"chosen_on": TEST}, True),
    ({"last": TEST[0] + script.LENGTH}, True)], ids=["none", "up-to-1960", "scaler", "stopping", "overlap"])
def test_test_years_change_nothing_in_a_clean_training(monkeypatch, leak, changes):
    def two_epochs():
        _, scaled, history = script.clean(0, **leak)
        return scaled.mean, scaled.deviation, history

    monkeypatch.setattr(script, "train_forecaster", lambda *arguments: train_forecaster(*arguments, epochs=2))
    as_it_was = two_epochs()
    monkeypatch.setattr(script, "NUMBERS", np.where(YEARS >= 1961, 3 * NUMBERS, NUMBERS))      # another sun from 1961 on
    assert (two_epochs() != as_it_was) is changes


# The stored tables


def test_the_table_of_leaks_is_complete():
    leaks = sunspot_leaks()
    assert tuple(leaks) == script.PROTOCOLS and all(values.shape == (5, 48) for values in leaks.values())


@pytest.mark.long
def test_a_live_training_is_like_the_stored_ones():
    model, scaled, _ = script.clean(1)
    of_seeds = rmse(sunspot_leaks()["clean"], NUMBERS[TEST])
    assert of_seeds.min() - 1.5 < scaled.error(TEST)(model) < of_seeds.max() + 1.5


def errors_by_kind(part, horizon=1, way="recursive"):
    """Return {(model, scale, hidden_size): RMSE of each seed} of the stored networks."""
    observed = NUMBERS[{"validation": VALIDATION, "test": TEST}[part]]
    return {key[1:4]: rmse(values, observed) for key, values in REFITS.items()
            if (key[0], key[4], key[5]) == (part, way, horizon)}


def test_the_networks_that_were_trained_again_are_those_that_validation_chose():
    validated, tested = errors_by_kind("validation"), errors_by_kind("test")
    assert len(validated) == 12 and all(len(errors) == 5 for errors in validated.values())
    for kind in ("RNN", "GRU"):
        best = min((key for key in validated if key[0] == kind), key=lambda key: validated[key].mean())
        assert [key for key in tested if key[0] == kind] == [best] and best[1] == "roots"
        for way, horizon in (("recursive", 1), ("direct", 10)):
            assert (EPOCHS["test", *best, way, horizon] == round(EPOCHS["validation", *best, way, horizon].mean())).all()


def test_a_network_trained_again_is_like_the_stored_ones():
    epochs = int(EPOCHS["test", "GRU", "roots", 32, "recursive", 1][0])
    rows, kept, error = refits.rows_of("test", "GRU", "roots", 32, 0, False, epochs)
    stored = errors_by_kind("test")["GRU", "roots", 32]
    assert kept == epochs and len(rows) == 96 and stored.min() - 1 < error < stored.max() + 1


# What notebook 08 says


def by_formula(scale, last, targets, order=9):
    """Return an autoregression's forecasts, one year ahead, in sunspots, fitted up to the year `last`."""
    series = np.sqrt(NUMBERS) if scale == "roots" else NUMBERS
    made = autoregression(fit_autoregression(series[YEARS <= last], order))(before(series, targets, 40))
    return np.maximum(made, 0) ** 2 if scale == "roots" else made


def noisy_waves(count, rng):
    """Return waves of any frequency from half to one and a half times the usual one, and what is measured of them."""
    frequency, phase = rng.uniform(0.5, 1.5, (count, 1)), rng.uniform(0, 2 * np.pi, (count, 1))
    true = np.sin(frequency * np.pi / 10 * np.arange(41) + phase)
    return true, true + 0.3 * rng.normal(size=true.shape)


@pytest.mark.long
def test_a_network_wins_clearly_where_many_series_share_what_they_hide():
    torch.manual_seed(5)
    rng, model = np.random.default_rng(5), Forecaster(nn.RNN(1, 32))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(1000):
        measured = torch.tensor(noisy_waves(32, rng)[1].T[..., None], dtype=torch.float32)
        loss = nn.functional.mse_loss(model(measured[:-1])[5:], measured[6:])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    (_, others), (true, measured) = noisy_waves(2000, rng), noisy_waves(1000, rng)
    seen, formulas = measured[:, :-1], []
    for order in (5, 10, 20, 30, 38):
        rows = np.lib.stride_tricks.sliding_window_view(others, order + 1, axis=1).reshape(-1, order + 1)
        formulas.append(seen[:, -order:] @ np.linalg.lstsq(rows[:, :-1], rows[:, -1])[0])
    for order in (5, 8, 11):
        formulas.append(np.array([autoregression(fit_autoregression(row, order))(row[:, None])[0] for row in seen]))
    best = min(rmse(made, true[:, -1]) for made in formulas)
    assert rmse(network(model)(seen.T), true[:, -1]) < 0.7 * best


def test_validation_alone_chooses_roots_and_order_nine():
    errors = {(scale, order): rmse(by_formula(scale, 1920, VALIDATION, order), NUMBERS[VALIDATION])
              for scale in ("numbers", "roots") for order in range(1, 21)}
    assert min(errors, key=errors.get) == ("roots", 9) and errors["roots", 9] == pytest.approx(15.9, abs=0.05)
    assert min((key for key in errors if key[0] == "numbers"), key=errors.get) == ("numbers", 9)


def test_roots_beat_numbers_and_the_networks_are_undecided():
    misses = {scale: by_formula(scale, 1960, TEST)[None] - NUMBERS[TEST] for scale in ("numbers", "roots")}
    assert diebold_mariano(misses["numbers"], misses["roots"], 1) > 2.5
    for key, values in REFITS.items():
        if (key[0], *key[4:]) == ("test", "recursive", 1):
            errors = values - NUMBERS[TEST]
            assert abs(diebold_mariano(errors, misses["roots"], 1)) < 1
            low, high = np.percentile(paired_bootstrap(errors, misses["roots"], np.random.default_rng(1), 11), (2.5, 97.5))
            assert low < 0 < high
    assert errors_by_kind("test", 10, "direct")["GRU", "roots", 32].min() > 45        # no better than always saying the mean


def test_shuffled_and_overlapping_windows_report_a_third_less():
    errors = {name: rmse(values, NUMBERS[TEST]).mean() for name, values in sunspot_leaks().items()}
    assert 0.9 < errors["clean"] - errors["up-to-1960"] < 1.5             # what the years 1921 to 1960 are worth, without a leak
    for name in ("random", "overlap"):
        assert errors[name] < 0.7 * errors["up-to-1960"] and 4.5 < errors["up-to-1960"] - errors[name] < 5.5
    for name in ("scaler", "stopping"):
        assert abs(errors[name] - errors["clean"]) < 0.5
    assert errors["clean-last"] - errors["random-last"] < 1.5


@pytest.mark.parametrize("spoil", [np.ndarray.tolist, lambda array: array.astype(np.uint8), lambda array: array.astype(int), torch.from_numpy,
                                   lambda array: np.ma.masked_array(array, mask=np.zeros(array.shape, bool))], ids=range(5))
def test_what_is_no_array_of_real_numbers_is_refused_by_name(spoil):
    """A mask would be lost, and whole numbers of eight bits would go round."""
    errors = np.arange(12.0).reshape(2, 6)
    for name, call in (("forecasts", lambda: rmse(spoil(errors[0]), errors[1])), ("observed", lambda: rmse(errors[0], spoil(errors[1]))),
                       ("series", lambda: windows(spoil(errors[0]), 2)), ("series", lambda: fit_autoregression(spoil(errors[0]), 1)),
                       ("errors", lambda: paired_bootstrap(spoil(errors), errors, np.random.default_rng(0))),
                       ("others", lambda: diebold_mariano(errors, spoil(errors), 0))):
        with pytest.raises(ValueError, match=f"^{name}: expected"):
            call()
