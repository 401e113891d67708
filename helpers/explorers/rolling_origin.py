"""Explorer "rolling origin": move the year from which sunspots are forecast, with its fan of uncertainty, short of the test years."""

from functools import cache

import numpy as np

from helpers.datasets import sunspots
from helpers.explorers.engine import Explorer, dropdown, slider
from helpers.pictures.style import BLACK, BLUE, GRAY, SKY, VERMILLION, figure

AHEAD, SHOWN = 20, 40                                      # years forecast, years shown before them
SCALES = {"sunspot numbers": (lambda numbers: numbers, lambda values: values),
          "their square roots": (np.sqrt, lambda values: np.maximum(values, 0) ** 2)}
HIGHEST, WIDEST = 260, 85
GRID = {"origin": ..., "order": [1, 2, 3, 6, 9, 14, 20], "scale": ...}
_NUMBERS = {"scale": "sunspot numbers"}
TRIES = (
    ({"origin": ...},),
    tuple({"origin": year} for year in (1908, 1928, 1938)),
    (_NUMBERS, _NUMBERS | {"order": 1}, _NUMBERS | {"order": 20}),
)


def controls():
    return {
        "origin": slider("last known year", 1938, 1800, 1940, 1),            # forecasts end by 1960, before the test years
        "order": slider("order", 9, 1, 20, 1),
        "scale": dropdown("fitted on", "their square roots", list(SCALES)),
    }


data = cache(sunspots)


def paths(series, order, coefficients):
    """Return the recursive forecasts 1 to AHEAD steps after each possible origin, (AHEAD, origins), the last origin last."""
    context = np.lib.stride_tricks.sliding_window_view(series, order).T.copy()
    forecasts = []
    for _ in range(AHEAD):
        forecasts.append(coefficients[0] + coefficients[1:] @ context[::-1])
        context = np.concatenate([context[1:], forecasts[-1][None]])
    return np.array(forecasts)


def compute(origin, order, scale):
    """Return an autoregression's forecast after the origin, fitted up to it, and its band of 80% by the errors until then."""
    years, numbers = data()
    there, back = SCALES[scale]
    known = years <= origin
    series = there(numbers)[known]
    count = len(series)
    lags = [series[order - k:count - k] for k in range(1, order + 1)]
    coefficients = np.linalg.lstsq(np.column_stack([np.ones(count - order), *lags]), series[order:])[0]
    made = paths(series, order, coefficients)
    last, widths, typical = made[:, -1], np.empty(AHEAD), np.empty(AHEAD)
    for ahead in range(1, AHEAD + 1):
        old, came = made[ahead - 1, :-ahead], series[order - 1 + ahead:]
        widths[ahead - 1] = np.quantile(np.abs(old - came), 0.8)
        typical[ahead - 1] = np.sqrt(np.mean((back(old) - back(came)) ** 2))
    future = np.arange(1, AHEAD + 1)
    forecast, low, high = back(last), back(last - widths), back(last + widths)
    came = numbers[(years > origin) & (years <= origin + AHEAD)]
    before = (years > origin - SHOWN) & known
    inside = int(np.sum((low <= came) & (came <= high)))
    offset = years - origin
    return {
        "known": (offset[before], numbers[before]), "came": (np.arange(AHEAD + 1), np.r_[numbers[years == origin], came]),
        "forecast": (future, np.clip(forecast, 0, HIGHEST)),
        "band": np.clip(np.array([*zip(future, low), *zip(future[::-1], high[::-1])]), -10, HIGHEST),
        "typical": (future, np.minimum(typical, WIDEST)), "spread": ([1, AHEAD], [np.std(numbers[known])] * 2),
        "origin": origin, "order": order, "inside": inside,
        "error_1": float(forecast[0] - came[0]), "error_10": float(forecast[9] - came[9]),
        "typical_1": float(typical[0]), "typical_10": float(typical[9]),
    }


def draw(numbers):
    """Return the figure (series and fan; error by years ahead) and the artists that move."""
    fig, (series, error) = figure(1, 2, width=10.0, height=3.9, width_ratios=(2.2, 1))
    band, = series.fill([], [], color=SKY, alpha=0.45, linewidth=0, label="band of 80%")
    known, = series.plot([], [], color=BLACK, linestyle="-", linewidth=2, label="known")
    came, = series.plot([], [], color=BLACK, linestyle=":", linewidth=1.5, label="what came")
    forecast, = series.plot([], [], color=BLUE, linestyle="-", marker="o", markersize=3.5, label="forecast")
    series.axvline(0, color=GRAY, linestyle="-", linewidth=1)
    series.set(xlim=(-SHOWN, AHEAD + 1), ylim=(-10, HIGHEST), xlabel="years from the last known year", ylabel="sunspot number")
    series.legend(loc="upper left", ncols=4, fontsize=9.5, frameon=False)
    typical, = error.plot([], [], color=BLUE, linestyle="-", marker="o", markersize=3.5, label="forecast")
    spread, = error.plot([], [], color=VERMILLION, linestyle="--", label="the mean of all years")
    error.set(xlim=(0, AHEAD + 1), ylim=(0, WIDEST), xlabel="years ahead", ylabel="RMSE from earlier origins")
    error.legend(loc="upper left", fontsize=9.5, frameon=False)
    return fig, {"band": band, "known": known, "came": came, "forecast": forecast, "typical": typical, "spread": spread}


def summarize(numbers):
    """Say how far the forecast is off one and ten years ahead, and how many years lie in the band."""
    return (f"Fitted up to {numbers['origin']} with order {numbers['order']}, the forecast is {said(numbers['error_1'])} one year "
            f"ahead and {said(numbers['error_10'])} ten years ahead; {numbers['inside']} of the {AHEAD} years that came are in the "
            f"band. From all earlier origins the typical error was {numbers['typical_1']:.0f} sunspots one year ahead and "
            f"{numbers['typical_10']:.0f} ten years ahead.")


def said(error):
    """Return in words how far a forecast is off."""
    return f"{abs(error):.0f} too {'high' if error > 0 else 'low'}"


def rolling_origin():
    return Explorer("rolling origin", controls(), compute, draw, summarize, play="origin", grid=GRID, tries=TRIES)
