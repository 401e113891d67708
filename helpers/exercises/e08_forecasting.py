"""The exercises of notebook 08: shared windows, splitting by time, skill, a paired bootstrap, a forecast by least squares."""

import numpy as np

from helpers.exercises.engine import DIRECTION, function_exercise, prediction_exercise


@prediction_exercise(
    shown="Deal the windows out in turn, and nearly every answer is in the training part. Cut by time, none is, and the past "
          "that the first test windows share with it was known anyway.",
    hints=("The target of window i is value i + 8. Which other windows hold this value, as an input or as their target?",
           "The last window is number 51, its target value 59. In the second split the last training window is number 38: up "
           "to which value does it reach, its target included?"), rtol=0)
def predict_shared():
    """Put your three predictions in place of the dots, each a number of test windows. The cell then counts."""
    return 12, 0, 8


OVERLOOKED = "Look at the target of the very last window: which other window could hold it?"
predict_shared.knows(
    ("last window overlooked", f"Nearly. {OVERLOOKED}", (13, 0, 8)),
    ("last window overlooked", f"{OVERLOOKED} And look at the other numbers again.",
     (13, 8, 8), (13, 0, 13), (13, 0, 0), (13, 0, 7), (13, 0, 9)),
    ("windows taken to share nothing", "Neighboring windows are nearly the same window: they share all values but two.",
     (0, 0, 0)),
    ("windows taken to share nothing",
     "The last two are right. But windows that lie between training windows share values with them: which?", (0, 0, 8)),
    ("past taken for clean", "The first two are right. Take the first test window by time: do its inputs lie behind the "
     "last training window?", (12, 0, 0)),
    ("inputs counted where targets were asked",
     "Your second number counts windows that share anything. You want those whose target has been seen.", (12, 8, 8)),
    ("all test windows by time taken to overlap",
     "The first test windows reach back into the training part. Does the last one reach that far too?", (12, 0, 13)),
    ("one window off", "Your third number is one too few: the last training window reaches as far as its target.", (12, 0, 7)),
    ("one window off", "Your third number is one too many: write down the last value of the last training window, and the "
     "first test windows.", (12, 0, 9)),
    ("share of training windows taken for the chance",
     "Three of four windows train, but it takes only one of several neighbors to have seen the target.", (10, 0, 8)),
    ("training windows counted", "The training part has 39 windows. The question is about windows of the test part.",
     (39, 0, 8)),
    ("first two swapped", "Which of the two splits puts training windows behind the test windows?", (0, 12, 8)))


@function_exercise(
    lambda: [(np.arange(8.0) ** 2, 2, 1, 5), (np.arange(9.0) ** 2, 2, 2, 5), (_noise(0, 20), 3, 4, 11),
             (_noise(1, 16), 4, 1, 9)],
    shown="The year of the target decides which side a window is on: no training target in the test years, and no test year "
          "without a forecast.",
    hints=("A window that begins at i has the inputs i ... i + width - 1. Where is its target? The value right after the last "
           "input has horizon 1.",
           "Go through all i whose target still exists. If the target's place is before first_test, the window trains; if not, "
           "it tests, wherever it begins."))
def window_split(series, width, horizon, first_test):
    """Cut the series into all windows of `width` inputs, the target `horizon` values after the last input. Return a dict:
    x_train (windows, width) and y_train (windows,) with the windows whose target comes before place first_test, x_test and
    y_test with all others, in the order of time."""
    parts = {"x_train": [], "y_train": [], "x_test": [], "y_test": []}
    for start in range(0, len(series)):
        end = start + width
        place = end + horizon - 1
        if place >= len(series):
            break
        part = "train" if place < first_test else "test"
        parts["x_" + part].append(series[start:end])
        parts["y_" + part].append(series[place])
    return {name: np.array(rows) for name, rows in parts.items()}


def _noise(seed, size):
    return np.random.default_rng(seed).permutation(10.0 * np.arange(size)) + np.arange(size)


def by_view(series, width, horizon, first_test):
    x = np.lib.stride_tricks.sliding_window_view(series, width)[:len(series) - width - horizon + 1]
    y = series[width + horizon - 1:]
    n = first_test - width - horizon + 1
    return {"x_train": x[:n], "y_train": y[:n], "x_test": x[n:], "y_test": y[n:]}


def trained_up_to(end):
    """Return the edit of by_view that trains on more windows and leaves the test part as it is."""
    return [by_view, ('x[:n], "y_train": y[:n]', f'x[:{end}], "y_train": y[:{end}]')]


window_split.knows(
    ("window that reaches into the test years", "A window that begins before the test years, or has its inputs there, may "
     "still have its target in them.", ("if place < first", "if end - 1 < first"),
     ("if place < first", "if start < first"), trained_up_to("n + horizon"), trained_up_to("first_test")),
    ("window that reaches into the test years", "Your border is right for a horizon of 1. A longer horizon reaches further.",
     ("if place < first", "if end < first"), trained_up_to("first_test - width")),
    ("off by one horizon", "Your targets are one value further ahead than asked.", ("horizon - 1", "horizon")),
    ("off by one horizon", "Your targets are one value nearer than asked. With a horizon of 1 the target is the window's "
     "own last input.", ("horizon - 1", "horizon - 2")),
    ("horizon left out", "Your target is the next value, whatever the horizon.", ("end + horizon - 1", "end")),
    ("horizon counted from the first input", "The horizon counts from the last value that is known, not from the first.",
     ("        part =", "        place = start + horizon\n        part =")),
    ("test windows kept to the test years", "The first test years have no forecast. By then, what a window reads from before "
     "the test years is known.", ("parts[\"x_", "if start < first_test <= place:\n            continue\n        parts[\"x_"),
     ("        parts[\"x_\"", "        if end - 1 < first_test <= place:\n            continue\n        parts[\"x_\"")),
    ("last window missing", "One more window fits: which one has the very last value as its target?",
     (">= len(series)", ">= len(series) - 1")),
    ("first window missing", "One more window fits: the one that begins with the very first value.", ("0, len", "1, len")),
    ("first test year among the training targets", "Which side is the value at place first_test itself on?",
     ("place < first", "place <= first")),
    ("windows side by side", "Each window begins where the one before ends. A window may begin at every value.",
     ("range(0, len(series))", "range(0, len(series), width)")),
    ("inputs in reverse order", "In each window the latest value comes first. A network reads the oldest first.",
     ("series[start:end]", "series[start:end][::-1]")),
    ("one input too many", "Each window has one value more than asked.", ("start + width", "start + width + 1")),
    ("one input too few", "Each window has one value less than asked.", ("start + width", "start + width - 1")),
    ("all values up to the horizon as target", "Each window has one target: the value at the horizon, without those on the "
     "way to it.", ("series[place]", "series[end:place + 1]")),
    ("target among the inputs", "Each window reads on as far as its target.", ("series[start:end]", "series[start:place + 1]")),
    ("targets in a column", "The targets have an extra axis of length 1. Beside predictions of shape (windows,) "
     "it would broadcast.", ("series[place]", "[series[place]]")),
    ("windows in columns", "Each column is a window. You were asked for one row for each.", ("(rows)", "(rows).T")),
    ("latest window first", "The windows come from the latest to the earliest.", ("(rows)", "(rows[::-1])")),
    ("training and test part swapped", "You filed the windows of the test years under the training's name.",
     ("place < first", "place >= first")))


@function_exercise(
    lambda: [(np.array([1.0, 3.0, 1.0, 3.0, 7.0, 5.0]), 4, 1, np.array([4.0, 4.0])),
             (np.array([2.0, 6.0, 1.0, 7.0, 4.0, 9.0, 8.0, 3.0, 5.0, 0.0]), 6, 2, np.array([0.5, -1.0, 0.2, -1.5])),
             (_noise(3, 24), 14, 3, np.linspace(-1.5, 1.2, 10)),
             (np.array([5.0, -3.0, 4.0, -6.0, 1.0, 2.0]), 4, 1, np.array([9.0, -7.0]))],
    shown="The scale is that of the training part, the error is in the data's own unit, and 0 means no better than saying that "
          "nothing will change.",
    hints=("Undo the scaling first: whose mean and whose standard deviation were used? Then take both mean squared errors, "
           "over the same years.",
           "For the value at place t, persistence guesses the value at place t - horizon: for all test years that is "
           "series[first_test - horizon : len(series) - horizon]."))
def skill_score(series, first_test, horizon, scaled):
    """The training part is series[:first_test]. A network was trained on values less the training part's mean, divided by its
    standard deviation; `scaled` is what it predicts, in this scale, for series[first_test:], horizon steps ahead. Return 1 -
    (its mean squared error) / (the mean squared error of persistence), both in the data's own unit."""
    train, test = series[:first_test], series[first_test:]
    predicted = scaled * train.std() + train.mean()
    stays = series[first_test - horizon:len(series) - horizon]
    mine = np.mean((predicted - test) ** 2)
    theirs = np.mean((stays - test) ** 2)
    return 1 - mine / theirs


UNSCALED, NOTHING_CHANGES = "scaled * train.std() + train.mean()", "series[first_test - horizon:len(series) - horizon]"
skill_score.knows(
    ("scaler fitted on everything", "Your mean and standard deviation know the test years. The network's scale did not.",
     (UNSCALED, "scaled * series.std() + series.mean()")),
    ("scaler fitted on the test part", "Your mean and standard deviation come from the test years. Which years did the "
     "network's scale come from?", (UNSCALED, "scaled * test.std() + test.mean()")),
    ("mean not added back", "The predictions lie around 0. Scaling took two steps, and you have undone one of them.",
     (" + train.mean()", "")),
    ("standard deviation not multiplied back",
     "The predictions lie around the right mean, but they hardly move. Scaling took two steps.", (" * train.std()", "")),
    ("standard deviation divided by once more", "The scaled values were divided by it already. What undoes a division?",
     ("scaled * train.std()", "scaled / train.std()")),
    ("errors not squared", "Errors too high and too low cancel here.",
     [("(predicted - test) ** 2", "predicted - test"), ("(stays - test) ** 2", "stays - test")]),
    ("undone in the wrong order", "Scaling took the mean away first and divided then. So what do you undo first?",
     (UNSCALED, "(scaled + train.mean()) * train.std()")),
    ("predictions left scaled", "You compare scaled predictions with values in the data's own unit.", (UNSCALED, "scaled")),
    ("predictions scaled once more", "The predictions are scaled already. Bring them back to the data's unit.",
     (UNSCALED, "(scaled - train.mean()) / train.std()")),
    ("errors in two units", "You take the network's error in its scale and persistence's in the data's unit. A ratio "
     "needs one unit.", ("(predicted - test)", "(scaled - (test - train.mean()) / train.std())")),
    ("variance in place of the standard deviation", "The scale was the standard deviation: the root of the variance.",
     ("train.std()", "train.var()")),
    ("divided by n - 1 in the standard deviation", "This is the estimate with n - 1. The course's scale, like NumPy's own std, "
     "divides by n.", ("train.std()", "train.std(ddof=1)")),
    ("scale from smallest to largest", "This undoes another scaling, to the range of the values.",
     (UNSCALED, "scaled * np.ptp(train) + train.min()")),
    ("persistence off by one", "Your persistence takes a value one year too old, so it looks worse than it is.",
     (NOTHING_CHANGES, "series[first_test - horizon - 1:len(series) - horizon - 1]")),
    ("persistence from the year before", "Whatever the horizon, your persistence knows the year before. Was that known when "
     "the forecast was made?", (NOTHING_CHANGES, "series[first_test - 1:-1]")),
    ("persistence that never learns", "Your guess is one value for all test years. Each forecast knows everything up to "
     "`horizon` steps before.", (NOTHING_CHANGES, "series[first_test - 1]")),
    ("persistence without the first test years", "Your two errors are means over different years: the guess for the first test "
     "years comes from before them.", ("(stays - test)", "(test[horizon:] - test[:-horizon])")),
    ("mean in place of persistence", "You compare with a mean. Persistence says that the last known value stays.",
     ("(stays - test)", "(train.mean() - test)")),
    ("mean in place of persistence", "You compare with a mean, and with one that knows the test years. Persistence says that "
     "the last known value stays.", ("(stays - test)", "(test.mean() - test)")),
    ("roots of the errors", "The ratio is one of mean squared errors, without the root.",
     ("mine / theirs", "np.sqrt(mine / theirs)")),
    ("absolute errors", "These are mean absolute errors. You were asked for the mean squared ones.",
     [("(predicted - test) ** 2", "np.abs(predicted - test)"), ("(stays - test) ** 2", "np.abs(stays - test)")]),
    ("ratio not taken from 1", "This is the ratio itself: it is 0 for a perfect forecast.", ("1 - mine", "mine")),
    ("sign turned round", "A forecast worse than persistence should come out below 0.", ("return 1 -", "return -1 +")),
    ("ratio upside down", "Whose error belongs above the fraction line?", ("mine / theirs", "theirs / mine")),
    ("ratio upside down", "You divide the gain by the network's own error. Whose should you divide by?",
     ("1 - mine / theirs", "theirs / mine - 1")),
    ("difference in place of the ratio", "The difference of the errors has a unit. A skill has none.",
     ("1 - mine / theirs", "theirs - mine")))


@function_exercise(
    lambda: [(np.array([3.0, -1.0, 2.0]), np.array([1.0, -2.0, 0.0]), np.array([[0, 1, 2], [0, 0, 1], [2, 2, 1], [1, 1, 1]])),
             _resampled(0, 6, 9), _resampled(1, 12, 40), _resampled(2, 5, 11, scale=20.0)],
    shown="Every resample judges both models on the same years, so a hard year counts against both. Only if 0 lies outside the "
          "interval does the test part tell them apart.",
    hints=("One resample is one row of picks: the numbers of the years drawn. Take both models' errors in these years, square, "
           "average, subtract: one number for each row.",
           "errors_a[picks] has the shape of picks, so take the mean along the last axis. np.percentile counts "
           "from 0 to 100."))
def paired_interval(errors_a, errors_b, picks):
    """errors_a and errors_b hold two models' errors in the same test years, shape (years,); each row of picks, shape
    (resamples, years), holds the years of one resample. Return (low, high), the 2.5th and the 97.5th
    percentile (np.percentile) of the resampled differences, mean squared error of a minus that of b."""
    differences = []
    for years in picks:
        a = np.mean(errors_a[years] ** 2)
        b = np.mean(errors_b[years] ** 2)
        differences.append(a - b)
    return np.percentile(differences, 2.5), np.percentile(differences, 97.5)


def _resampled(seed, years, resamples, scale=1.0):
    rng = np.random.default_rng(seed)
    errors = rng.normal(0.3, 1, years)
    others = errors + rng.normal(0.2, 0.6, years)
    return scale * errors.round(1), scale * others.round(1), rng.integers(0, years, (resamples, years))


def at_once(errors_a, errors_b, picks):
    a = np.square(errors_a[picks]).mean(axis=1)
    b = np.square(errors_b[picks]).mean(axis=1)
    low, high = np.percentile(a - b, 2.5), np.percentile(a - b, 97.5)
    return low, high


def percentiles(low, high):
    """Return the edits that take other percentiles."""
    return [("differences, 2.5", f"differences, {low}"), ("97.5", f"{high}")]


ENDS = "np.percentile(differences, 2.5), np.percentile(differences, 97.5)"
paired_interval.knows(
    ("resampled apart",
     "In one resample you judge the two models on different years. Then an easy draw looks like a better model.",
     [("for years in picks", "for years, others in zip(picks, picks[::-1])"), ("errors_b[years]", "errors_b[others]")],
     [("years in picks", "k, years in enumerate(picks)"), ("errors_b[years]", "errors_b[picks[k - 1]]")]),
    ("only one model resampled", "One model's years change from resample to resample, the other's do not.",
     ("errors_b[years]", "errors_b"), ("errors_a[years]", "errors_a")),
    ("an interval for each model", "You subtracted the ends of two intervals. What you want is the interval of the difference.",
     [at_once, ("(a - b, 2.5)", "(a, 2.5) - np.percentile(b, 2.5)"), ("(a - b, 97.5)", "(a, 97.5) - np.percentile(b, 97.5)")],
     [at_once, ("(a - b, 2.5)", "(a, 2.5) - np.percentile(b, 97.5)"), ("(a - b, 97.5)", "(a, 97.5) - np.percentile(b, 2.5)")]),
    ("one model alone", "This is the interval of one model's error. You were asked for that of a difference.",
     ("a - b", "a"), ("a - b", "b")),
    ("b minus a", "Whose error do you subtract? Below 0 should mean that a is better.", ("a - b", "b - a")),
    ("errors not squared", "Errors too high and too low cancel here.",
     [("errors_a[years] ** 2", "errors_a[years]"), ("errors_b[years] ** 2", "errors_b[years]")]),
    ("absolute errors", "These are mean absolute errors. You were asked for the mean squared ones.",
     [("errors_a[years] ** 2", "np.abs(errors_a[years])"), ("errors_b[years] ** 2", "np.abs(errors_b[years])")]),
    ("roots taken", "This is the difference of the roots. You were asked for the mean squared errors.",
     ("a - b", "np.sqrt(a) - np.sqrt(b)")),
    ("errors subtracted before squaring", "This says how far apart the two forecasts are, not which one is better.",
     ("a - b", "np.mean((errors_a[years] - errors_b[years]) ** 2)")),
    ("ratio in place of the difference",
     "This is how many times as large the one is as the other. You were asked for the difference.", ("a - b", "a / b")),
    ("sign thrown away", "Resamples in which b is better count like those in which a is. Then 0 can never lie inside.",
     ("a - b", "abs(a - b)")),
    ("sum in place of the mean", "You added up the squares of a resample. You were asked for their mean.",
     [("a = np.mean", "a = np.sum"), ("b = np.mean", "b = np.sum")]),
    ("a twentieth on either side", "Nine tenths lie in this interval. Both tails together should hold one twentieth.",
     percentiles(5, 95)),
    ("percent taken for a share", "np.percentile counts from 0 to 100, np.quantile from 0 to 1.", percentiles(0.025, 0.975)),
    ("smallest and largest", "This interval grows with the number of resamples.", percentiles(0, 100)),
    ("middle half", "One half of the resamples lie in this interval.", percentiles(25, 75)),
    ("mean over the resamples", "The mean went over the resamples, not over the years within one.",
     [at_once, ("errors_a[picks]).mean(axis=1)", "errors_a[picks]).mean(axis=0)"), (".mean(axis=1)", ".mean(axis=0)")]),
    ("nothing resampled", "This says how the single years differ. The mean over all years varies far less.",
     ("in picks", "in range(len(errors_a))")),
    ("single years, not resampled means", "You put all drawn years in one heap. Each resample should give one "
     "number, its mean.", [at_once, ("errors_a[picks]).mean(axis=1)", "errors_a[picks])"), (".mean(axis=1)", "")]),
    ("normal curve in place of the percentiles",
     "This takes the resampled differences to be normal. Their percentiles need no such assumption.",
     *((ENDS, f"np.mean(differences) + np.array([-{width}, {width}]) * np.std(differences)") for width in (1.96, 2))),
    ("normal curve in place of the percentiles", "This is the mean with its standard error: it uses no resample at all.",
     (ENDS, "(gain := errors_a**2 - errors_b**2).mean() + np.array([-1.96, 1.96]) * gain.std() / len(gain) ** 0.5")),
    ("low and high swapped", "The lower end comes first.", [at_once, ("return low, high", "return high, low")]))


@function_exercise(
    lambda: [(np.array([1.0, 2.0, 4.0, 3.0, 5.0, 4.0, 6.0]), 1, 5), _cycle(0, 24, 3, 17), _cycle(1, 30, 2, 20),
             _cycle(2, 30, 4, 21), _cycle(3, 26, 3, 18, level=-60.0)],
    shown="A handful of weights, found in one line of linear algebra: this is the baseline that a network has to beat.",
    hints=("Make one row for each training year that has `order` years before it: these values, and a 1. Next to it put the "
           "value of the year itself. np.linalg.lstsq finds the weights.",
           "Forecasts: the same kind of row for each test year, from the series as it was, times the weights. The first test "
           "year's row is all training years; that is as it should be."))
def lag_forecast(series, order, first_test):
    """Forecast each value from the `order` values before it and a constant, weights by least squares, fitted on all targets
    before place first_test. Return the forecasts, one step ahead and each from the true values before it, for
    series[first_test:]: shape (len(series) - first_test,)."""
    def row(t):
        return np.array([1.0, *series[t - order:t]])

    train = range(order, first_test)
    rows = np.array([row(t) for t in train])
    targets = np.array([series[t] for t in train])
    weights = np.linalg.lstsq(rows, targets)[0]
    return np.array([row(t) @ weights for t in range(first_test, len(series))])


def _cycle(seed, size, order, first_test, level=5.0):
    rng, t = np.random.default_rng(seed), np.arange(size)
    series = level + 0.1 * t + 3 * np.sin(2 * np.pi * t / 7) + rng.normal(0, 1, size)
    return series.round(1), order, first_test


def fitted_anew(series, order, first_test):
    return np.array([lag_forecast.solution(series[:t + 1], order, t)[0] for t in range(first_test, len(series))])


def mean_away(of):
    """Return the edits that take a mean away in place of fitting a constant."""
    return [("    def row", f"    mean = {of}.mean()\n    series = series - mean\n    def row"), ("1.0, ", "0.0, "),
            ("[row(t) @ weights", "[mean + row(t) @ weights")]


FITTED, TESTED = "range(order, first_test)", "(first_test, len(series))"
lag_forecast.knows(
    ("fitted on everything", "The weights have seen the test years.", (FITTED, "range(order, len(series))")),
    ("fitted on the first test year too", "The value at place first_test belongs to the test part.",
     (FITTED, "range(order, first_test + 1)")),
    ("window that reaches into the test years", "You fitted rows that begin before the test part. Their targets are in it.",
     (FITTED, "range(order, min(first_test + order, len(series)))")),
    ("fitted on the test part", "The weights come from the years that you test them on.",
     (FITTED, "range(first_test, len(series))")),
    ("last training year not used", "One more training year can be a target: the last one.",
     (FITTED, "range(order, first_test - 1)")),
    ("first training year not used", "One more training year can be a target: the first one that has enough years before it.",
     (FITTED, "range(order + 1, first_test)")),
    ("constant missing", "Without a constant the forecast of a quiet series runs to 0.", ("1.0, ", "")),
    ("mean taken away in place of a constant", "Taking the mean away first is nearly the same, but only nearly: least squares "
     "finds a constant of its own.", mean_away("series[:first_test]")),
    ("mean taken away in place of a constant",
     "You took away the mean of all years, the test years among them, and fitted no constant.", mean_away("series")),
    ("zeros before the first year", "You fitted the first years with zeros in the place of years that don't exist.",
     [("*series[t - order:t]", "*[series[k] if k >= 0 else 0.0 for k in range(t - order, t)]"), (FITTED, "range(first_test)")]),
    ("own forecasts read, not the true values", "After the first test year each forecast is made of forecasts. By then the "
     "true value is known.", (f"return np.array([row(t) @ weights for t in range{TESTED}])",
      f"series = series.copy()\n    for t in range{TESTED}: series[t] = row(t) @ weights\n    return series[first_test:]")),
    ("two steps ahead", "You don't read the latest value before the forecast year.",
     [("series[t - order:t]", "series[t - order - 1:t - 1]"), (FITTED, "range(order + 1, first_test)")]),
    ("answer among the inputs", "Your forecasts are perfect: the row of a year holds the value of that very year.",
     ("series[t - order:t]", "series[t - order + 1:t + 1]")),
    ("forecasts one year late", "Each forecast is in the place of the year after its own.",
     (TESTED, "(first_test - 1, len(series) - 1)")),
    ("forecasts one year early", "Each forecast is in the place of the year before its own.",
     (TESTED, "(first_test + 1, len(series) + 1)")),
    ("one value too many", "Each forecast reads one value more than asked.", ("    def row", "    order += 1\n    def row")),
    ("one value too few", "Each forecast reads one value less than asked.", ("    def row", "    order -= 1\n    def row")),
    ("only the latest value read", "You read one value before each year. You were asked for `order` of them.",
     ("*series[t - order:t]", "series[t - 1]")),
    ("only the oldest value read", "You read one value, the one `order` years before. Those between are missing.",
     ("*series[t - order:t]", "series[t - order]")),
    ("values in opposite orders", "You found the weights with the values in one order and use them with the values "
     "in the other.", ("[row(t) @ weights", "[row(t) @ np.array([weights[0], *weights[:0:-1]])")),
    ("forecasts for the training years too", "You return more forecasts than there are test years.", ("first_test,", "order,")),
    ("first test years left out", "The first test years have no forecast. You know the values before them, though they were "
     "used for training.", (TESTED, "(first_test + order, len(series))")),
    ("last test year left out", "One forecast is missing, that of the last year.", (", len(series)", ", len(series) - 1")),
    ("forecasts in reverse order", "Your forecasts come from the latest year to the earliest.",
     (TESTED, "(first_test, len(series))[::-1]"), DIRECTION),
    ("products not added up", "`*` multiplies number by number. A forecast is the sum of these products.", ("(t) @", "(t) *")),
    ("fitted anew for each year", "Each forecast has its own weights, fitted with the test years before it. You were asked for "
     "one fit, before the test part.", fitted_anew),
    ("last value repeated", "This is persistence: no weight has been fitted.", ("[row(t) @ weights", "[series[t - 1]")),
    ("errors in place of the forecasts", "These are differences between value and forecast.",
     ("[row(t) @ weights", "[series[t] - row(t) @ weights")))
