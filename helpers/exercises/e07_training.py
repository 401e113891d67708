"""The exercises of notebook 06: resetting, shared windows, splitting, skill, segments, a paired bootstrap, lags."""

import functools

import numpy as np
import torch
from torch import nn

from helpers.exercises.e05_torch_rnn import drawn, made
from helpers.exercises.engine import function_exercise, prediction_exercise


@prediction_exercise(
    shown="A reset costs what the first step cannot know, and nothing else: how often you reset matters less than "
          "where.",
    hints=(
        "From the second step of a segment on, two sines are known, and they give the cosine. So only first steps can "
        "cost. With 5 steps, which values has the sine at the first steps? And with 20?",
        "Where the sine is 0 the cosine is 1 or -1; where it is 1 or -1 the cosine is 0. Do the segments of 20 steps "
        "begin now with one, now with the other, or always with the same?",
    ),
    rtol=0,
    atol=0.005,
)
def predict_reset():
    """Put your two predictions in place of the dots: the mean squared error over all steps with segments of 5 steps,
    and with segments of 20. The cell then measures both."""
    return 0.1, 0.0


@predict_reset.mistake("each reset taken to cost the same")
def _():
    """This charges 1 for each reset, as with 10 steps. Is the cosine unknown wherever a segment begins?"""
    return 0.2, 0.05


@predict_reset.mistake("each reset taken to cost the same")
def _():
    """The 20 steps are right. With 5, is the cosine unknown wherever a segment begins?"""
    return 0.2, 0.0


@predict_reset.mistake("a full period taken to begin anyhow")
def _():
    """The 5 steps are right. With 20, what is the cosine at the first step of the first segment, of the second, of the
    third?"""
    return 0.1, 0.05


@predict_reset.mistake("a full period taken to begin anyhow")
def _():
    """With 20 steps, what is the cosine at the first step of the first segment, of the second, of the third?"""
    return 0.1, 0.025


@predict_reset.mistake("length of the segment left out")
def _():
    """This is what 10 steps cost. Is it certain that another length costs the same?"""
    return 0.1, 0.1


@predict_reset.mistake("more resets taken to cost less")
def _():
    """The shorter the segment, the larger is the share of first steps in it."""
    return 0.05, 0.2


@predict_reset.mistake("memory taken to be lost at all steps")
def _():
    """One half is the error without any memory. After a reset the state fills again, within one step."""
    return 0.5, 0.5


@predict_reset.mistake("error of a first step, not of all steps")
def _():
    """This is what a first step costs. The mean goes over all steps of the segment."""
    return 0.5, 0.0


@predict_reset.mistake("error of a first step, not of all steps")
def _():
    """This is the worst that a first step costs. The mean goes over all steps of the segment."""
    return 1.0, 1.0


@predict_reset.mistake("error of a first step, not of all steps")
def _():
    """This is the worst that a first step costs. The mean goes over all steps of the segment."""
    return 1.0, 0.0


@predict_reset.mistake("reset taken to cost nothing")
def _():
    """At the first step of a segment the sine alone is known. Does it always give the cosine?"""
    return 0.0, 0.0


@predict_reset.mistake("the two swapped")
def _():
    """Both numbers are there. Which of the two lengths always begins at the same place of the wave?"""
    return 0.0, 0.1


@prediction_exercise(
    shown="Dealt out in turn, nearly every answer stands in the training part; cut by time, none does, and the past "
          "that the first test windows share with it was known anyway.",
    hints=(
        "The target of window i is value i + 8. Which other windows hold this value, as an input or as their target?",
        "The last window is number 51, its target value 59. In the second split the last training window is number "
        "38: up to which value does it reach, its target included?",
    ),
    rtol=0,
)
def predict_shared():
    """Put your three predictions in place of the dots, each a number of test windows. The cell then counts."""
    return 12, 0, 8


@predict_shared.mistake("last window overlooked")
def _():
    """Nearly. The target of the very last window: which other window could hold it?"""
    return 13, 0, 8


@predict_shared.mistake("last window overlooked")
def _():
    """The target of the very last window: which other window could hold it? And look at the other numbers again."""
    return 13, 8, 8


@predict_shared.mistake("last window overlooked")
def _():
    """The target of the very last window: which other window could hold it? And look at the other numbers again."""
    return 13, 0, 13


@predict_shared.mistake("last window overlooked")
def _():
    """The target of the very last window: which other window could hold it? And look at the other numbers again."""
    return 13, 0, 0


@predict_shared.mistake("last window overlooked")
def _():
    """The target of the very last window: which other window could hold it? And look at the other numbers again."""
    return 13, 0, 7


@predict_shared.mistake("last window overlooked")
def _():
    """The target of the very last window: which other window could hold it? And look at the other numbers again."""
    return 13, 0, 9


@predict_shared.mistake("windows taken to share nothing")
def _():
    """Neighboring windows are nearly the same window: they share all values but two."""
    return 0, 0, 0


@predict_shared.mistake("windows taken to share nothing")
def _():
    """The last two are right. But windows that lie between training windows share values with them: which?"""
    return 0, 0, 8


@predict_shared.mistake("past taken for clean")
def _():
    """The first two are right. The first test window by time: do its inputs lie behind the last training window?"""
    return 12, 0, 0


@predict_shared.mistake("inputs counted where targets were asked")
def _():
    """The second number counts windows that share anything. Asked were those whose target has been seen."""
    return 12, 8, 8


@predict_shared.mistake("all test windows by time taken to overlap")
def _():
    """The first test windows reach back into the training part. Does the last one, too?"""
    return 12, 0, 13


@predict_shared.mistake("one window off")
def _():
    """One too few in the third: the last training window reaches as far as its target."""
    return 12, 0, 7


@predict_shared.mistake("one window off")
def _():
    """One too many in the third: write down the last value of the last training window, and the first test windows."""
    return 12, 0, 9


@predict_shared.mistake("share of training windows taken for the chance")
def _():
    """Three of four windows train, but it takes only one of several neighbors to have seen the target."""
    return 10, 0, 8


@predict_shared.mistake("training windows counted")
def _():
    """The training part has 39 windows. Asked are windows of the test part."""
    return 39, 0, 8


@predict_shared.mistake("first two swapped")
def _():
    """Which of the two splits puts training windows behind the test windows?"""
    return 0, 12, 8


@function_exercise(
    lambda: [
        {"series": np.arange(8.0) ** 2, "width": 2, "horizon": 1, "first_test": 5},
        {"series": np.arange(9.0) ** 2, "width": 2, "horizon": 2, "first_test": 5},
        {"series": _noise(0, 20), "width": 3, "horizon": 4, "first_test": 11},
        {"series": _noise(1, 16), "width": 4, "horizon": 1, "first_test": 9},
    ],
    shown="The year of the target decides on which side a window stands: no training target in the test years, and no "
          "test year without a forecast.",
    hints=(
        "A window that begins at i has the inputs i ... i + width - 1. At which place is its target? The value next "
        "to the last input has the horizon 1.",
        "Go through all i for which the target still exists. Is the target's place before first_test, the window "
        "trains; if not, it tests, wherever it begins.",
    ),
)
def window_split(series, width, horizon, first_test):
    """Cut the series into all windows of `width` inputs, the target `horizon` values after the last input. Return a
    dict: x_train (windows, width) and y_train (windows,) with the windows whose target stands before place first_test,
    x_test and y_test with all others, in the order of time."""
    return _parts(*_cut(series, width, horizon), first_test)


def _noise(seed, size):
    return np.random.default_rng(seed).permutation(10.0 * np.arange(size)) + np.arange(size)


def _cut(series, width, horizon, ahead=None, stride=1, drop=0):
    """Return the windows, their targets and the targets' places; `ahead` is how far a target really is taken."""
    ahead = horizon if ahead is None else ahead
    starts = np.arange(0, len(series) - width - ahead + 1 - drop, stride)
    places = starts + width + ahead - 1
    return np.array([series[i:i + width] for i in starts]).reshape(-1, width), series[places], places


def _parts(x, y, places, first_test, testing=None):
    training = places < first_test
    testing = ~training if testing is None else testing
    return {"x_train": x[training], "y_train": y[training], "x_test": x[testing], "y_test": y[testing]}


def _each_part(parts, change, names):
    return {name: change(part) if name[0] in names else part for name, part in parts.items()}


@window_split.mistake("window that reaches into the test years")
def _(series, width, horizon, first_test):
    """A window that begins, or has its inputs, before the test years may have its target in them."""
    x, y, places = _cut(series, width, horizon)
    return _parts(x, y, places - horizon, first_test)


@window_split.mistake("window that reaches into the test years")
def _(series, width, horizon, first_test):
    """A window that begins, or has its inputs, before the test years may have its target in them."""
    x, y, places = _cut(series, width, horizon)
    return _parts(x, y, places - horizon - width + 1, first_test)


@window_split.mistake("window that reaches into the test years")
def _(series, width, horizon, first_test):
    """A window that begins, or has its inputs, before the test years may have its target in them."""
    x, y, places = _cut(series, width, horizon)
    return _parts(x, y, places - horizon, first_test, places >= first_test)


@window_split.mistake("window that reaches into the test years")
def _(series, width, horizon, first_test):
    """A window that begins, or has its inputs, before the test years may have its target in them."""
    x, y, places = _cut(series, width, horizon)
    return _parts(x, y, places - horizon - width + 1, first_test, places >= first_test)


@window_split.mistake("window that reaches into the test years")
def _(series, width, horizon, first_test):
    """The border has been put where it belongs for a horizon of 1. A longer horizon reaches further."""
    x, y, places = _cut(series, width, horizon)
    return _parts(x, y, places - horizon + 1, first_test)


@window_split.mistake("window that reaches into the test years")
def _(series, width, horizon, first_test):
    """The border has been put where it belongs for a horizon of 1. A longer horizon reaches further."""
    x, y, places = _cut(series, width, horizon)
    return _parts(x, y, places - horizon + 1, first_test, places >= first_test)


@window_split.mistake("off by one horizon")
def _(series, width, horizon, first_test):
    """The targets lie one value further ahead than asked."""
    return _parts(*_cut(series, width, horizon, horizon + 1), first_test)


@window_split.mistake("off by one horizon")
def _(series, width, horizon, first_test):
    """The targets lie one value nearer than asked. With a horizon of 1 the target is the window's own last input."""
    return _parts(*_cut(series, width, horizon, horizon - 1), first_test)


@window_split.mistake("horizon left out")
def _(series, width, horizon, first_test):
    """Your target is the next value whatever the horizon."""
    return _parts(*_cut(series, width, horizon, 1), first_test)


@window_split.mistake("horizon counted from the first input")
def _(series, width, horizon, first_test):
    """The horizon counts from the last value that is known, not from the first."""
    starts = np.arange(len(series) - width - horizon + 1)
    x, y, _ = _cut(series, width, horizon)
    return _parts(x, series[starts + horizon], starts + horizon, first_test)


@window_split.mistake("test windows kept to the test years")
def _(series, width, horizon, first_test):
    """The first test years have no forecast. What a window reads from before the test years is known by then."""
    x, y, places = _cut(series, width, horizon)
    return _parts(x, y, places, first_test, places - horizon - width + 1 >= first_test)


@window_split.mistake("test windows kept to the test years")
def _(series, width, horizon, first_test):
    """The first test years have no forecast. What a window reads from before the test years is known by then."""
    x, y, places = _cut(series, width, horizon)
    return _parts(x, y, places, first_test, places - horizon >= first_test)


@window_split.mistake("last window missing")
def _(series, width, horizon, first_test):
    """One more window fits: whose target is the last value of all?"""
    return _parts(*_cut(series, width, horizon, drop=1), first_test)


@window_split.mistake("first test year among the training targets")
def _(series, width, horizon, first_test):
    """On which side does the value at place first_test itself stand?"""
    return _parts(*_cut(series, width, horizon), first_test + 1)


@window_split.mistake("windows side by side")
def _(series, width, horizon, first_test):
    """Each window begins where the one before ends. A window may begin at every value."""
    return _parts(*_cut(series, width, horizon, stride=width), first_test)


@window_split.mistake("inputs in reverse order")
def _(series, width, horizon, first_test):
    """In each window the latest value stands first. A network reads the oldest first."""
    return _each_part(_parts(*_cut(series, width, horizon), first_test), lambda x: x[:, ::-1], "x")


@window_split.mistake("one input too many")
def _(series, width, horizon, first_test):
    """Each window has one value more than asked."""
    return _parts(*_cut(series, width + 1, horizon), first_test)


@window_split.mistake("one input too few")
def _(series, width, horizon, first_test):
    """Each window has one value less than asked."""
    return _parts(*_cut(series, width - 1, horizon), first_test)


@window_split.mistake("all values up to the horizon as target")
def _(series, width, horizon, first_test):
    """Each window has one target: the value at the horizon, without those on the way to it."""
    x, y, places = _cut(series, width, horizon)
    return _parts(x, np.array([series[p - horizon + 1:p + 1] for p in places]), places, first_test)


@window_split.mistake("target among the inputs")
def _(series, width, horizon, first_test):
    """Each window reads on as far as its target."""
    x, y, places = _cut(series, width, horizon)
    return _parts(np.array([series[p - horizon - width + 1:p + 1] for p in places]), y, places, first_test)


@window_split.mistake("targets in a column")
def _(series, width, horizon, first_test):
    """The targets have an axis of length 1 too many. Beside predictions of shape (windows,) it would broadcast."""
    return _each_part(_parts(*_cut(series, width, horizon), first_test), lambda y: y[:, None], "y")


@window_split.mistake("windows in columns")
def _(series, width, horizon, first_test):
    """Each column is a window. Asked was one row for each."""
    return _each_part(_parts(*_cut(series, width, horizon), first_test), lambda x: x.T, "x")


@window_split.mistake("latest window first")
def _(series, width, horizon, first_test):
    """The windows come from the latest to the earliest."""
    return _each_part(_parts(*_cut(series, width, horizon), first_test), lambda part: part[::-1], "xy")


@window_split.mistake("training and test part swapped")
def _(series, width, horizon, first_test):
    """The windows of the test years stand under the training's name."""
    x, y, places = _cut(series, width, horizon)
    return _parts(x, y, -places, -first_test + 1)


@function_exercise(
    lambda: [
        {"series": np.array([1.0, 3.0, 1.0, 3.0, 7.0, 5.0]), "first_test": 4, "horizon": 1,
         "scaled": np.array([4.0, 4.0])},
        {"series": np.array([2.0, 6.0, 1.0, 7.0, 4.0, 9.0, 8.0, 3.0, 5.0, 0.0]), "first_test": 6, "horizon": 2,
         "scaled": np.array([0.5, -1.0, 0.2, -1.5])},
        {"series": _noise(3, 24), "first_test": 14, "horizon": 3, "scaled": np.linspace(-1.5, 1.2, 10)},
    ],
    shown="The scale is that of the training part, the error is in the data's own unit, and 0 means no better than "
          "saying that nothing will change.",
    hints=(
        "Undo the scaling first: with whose mean and whose standard deviation were the predictions scaled? Then both "
        "mean squared errors, over the same years.",
        "Persistence guesses for the value at place t the value at place t - horizon: for all test years that is "
        "series[first_test - horizon : len(series) - horizon].",
    ),
)
def skill_score(series, first_test, horizon, scaled):
    """The training part is series[:first_test]. A network was trained on values less the training part's mean, divided
    by its standard deviation; `scaled` is what it predicts, in this scale, for series[first_test:], horizon steps
    ahead. Return 1 - (its mean squared error) / (the mean squared error of persistence), both in the data's own
    unit."""
    return _skill(series, first_test, horizon, scaled)


def _squares(errors):
    return (errors**2).mean()


def _skill(series, first_test, horizon, scaled, fitted=None, spread=np.std, guess=None, measure=_squares,
           score=lambda mine, theirs: 1 - mine / theirs, predictions=None):
    fitted = series[:first_test] if fitted is None else fitted
    if predictions is None:
        predictions = scaled * spread(fitted) + fitted.mean()
    if guess is None:
        guess = series[first_test - horizon:len(series) - horizon]
    test = series[first_test:]
    return score(measure(predictions - test), measure(guess - test))


@skill_score.mistake("scaler fitted on everything")
def _(series, first_test, horizon, scaled):
    """Mean and standard deviation know the test years here. The network's scale did not."""
    return _skill(series, first_test, horizon, scaled, fitted=series)


@skill_score.mistake("scaler fitted on the test part")
def _(series, first_test, horizon, scaled):
    """Mean and standard deviation are those of the test years. Which years did the network's scale come from?"""
    return _skill(series, first_test, horizon, scaled, fitted=series[first_test:])


@skill_score.mistake("mean not added back")
def _(series, first_test, horizon, scaled):
    """The predictions lie around 0. Scaling had two steps, and one of them has not been undone."""
    return _skill(series, first_test, horizon, scaled, predictions=scaled * series[:first_test].std())


@skill_score.mistake("standard deviation not multiplied back")
def _(series, first_test, horizon, scaled):
    """The predictions lie around the right mean, but they hardly move. Scaling had two steps."""
    return _skill(series, first_test, horizon, scaled, predictions=scaled + series[:first_test].mean())


@skill_score.mistake("undone in the wrong order")
def _(series, first_test, horizon, scaled):
    """Scaling took the mean away first and divided then. What is to be undone first?"""
    train = series[:first_test]
    return _skill(series, first_test, horizon, scaled, predictions=(scaled + train.mean()) * train.std())


@skill_score.mistake("predictions left scaled")
def _(series, first_test, horizon, scaled):
    """Scaled predictions are compared with values in the data's own unit."""
    return _skill(series, first_test, horizon, scaled, predictions=scaled)


@skill_score.mistake("predictions scaled once more")
def _(series, first_test, horizon, scaled):
    """The predictions are scaled already. They have to come back."""
    train = series[:first_test]
    return _skill(series, first_test, horizon, scaled, predictions=(scaled - train.mean()) / train.std())


@skill_score.mistake("errors in two units")
def _(series, first_test, horizon, scaled):
    """The network's error is taken in its scale, persistence's in the data's unit. A ratio needs one unit."""
    train, test = series[:first_test], series[first_test:]
    return _skill(series, first_test, horizon, scaled, predictions=scaled - (test - train.mean()) / train.std() + test)


@skill_score.mistake("variance in place of the standard deviation")
def _(series, first_test, horizon, scaled):
    """The scale was the standard deviation: the root of the variance."""
    return _skill(series, first_test, horizon, scaled, spread=np.var)


@skill_score.mistake("divided by n - 1 in the standard deviation")
def _(series, first_test, horizon, scaled):
    """This is the estimate with n - 1. The course's scale, and NumPy's own std, divides by n."""
    return _skill(series, first_test, horizon, scaled, spread=lambda values: values.std(ddof=1))


@skill_score.mistake("scale from smallest to largest")
def _(series, first_test, horizon, scaled):
    """This undoes another scaling, that to the range of the values."""
    train = series[:first_test]
    return _skill(series, first_test, horizon, scaled, predictions=scaled * np.ptp(train) + train.min())


@skill_score.mistake("persistence off by one")
def _(series, first_test, horizon, scaled):
    """Persistence takes a value one year too old here, and so it looks worse than it is."""
    return _skill(series, first_test, horizon, scaled, guess=series[first_test - horizon - 1:len(series) - horizon - 1])


@skill_score.mistake("persistence from the year before")
def _(series, first_test, horizon, scaled):
    """Whatever the horizon, your persistence knows the year before. Was that known when the forecast was made?"""
    return _skill(series, first_test, horizon, scaled, guess=series[first_test - 1:-1])


@skill_score.mistake("persistence that never learns")
def _(series, first_test, horizon, scaled):
    """Your guess is one value for all test years. Each forecast knows everything up to `horizon` steps before."""
    return _skill(series, first_test, horizon, scaled, guess=series[first_test - 1])


@skill_score.mistake("persistence without the first test years")
def _(series, first_test, horizon, scaled):
    """The two errors are means over different years: the guess for the first test years stands before them."""
    theirs = _squares(series[first_test + horizon:] - series[first_test:len(series) - horizon])
    return _skill(series, first_test, horizon, scaled, score=lambda mine, _: 1 - mine / theirs)


@skill_score.mistake("mean in place of persistence")
def _(series, first_test, horizon, scaled):
    """This compares with a mean. Persistence says that the last known value stays."""
    return _skill(series, first_test, horizon, scaled, guess=series[:first_test].mean())


@skill_score.mistake("mean in place of persistence")
def _(series, first_test, horizon, scaled):
    """This compares with a mean, and with one that knows the test years. Persistence says that the last known value
    stays."""
    return _skill(series, first_test, horizon, scaled, guess=series[first_test:].mean())


@skill_score.mistake("roots of the errors")
def _(series, first_test, horizon, scaled):
    """The ratio is one of mean squared errors, without the root."""
    return _skill(series, first_test, horizon, scaled, score=lambda mine, theirs: 1 - (mine / theirs) ** 0.5)


@skill_score.mistake("absolute errors")
def _(series, first_test, horizon, scaled):
    """These are mean absolute errors. Asked are the mean squared ones."""
    return _skill(series, first_test, horizon, scaled, measure=lambda errors: np.abs(errors).mean())


@skill_score.mistake("ratio not taken from 1")
def _(series, first_test, horizon, scaled):
    """This is the ratio itself: it is 0 for a perfect forecast."""
    return _skill(series, first_test, horizon, scaled, score=lambda mine, theirs: mine / theirs)


@skill_score.mistake("sign turned round")
def _(series, first_test, horizon, scaled):
    """A forecast worse than persistence should come out below 0."""
    return _skill(series, first_test, horizon, scaled, score=lambda mine, theirs: mine / theirs - 1)


@skill_score.mistake("ratio upside down")
def _(series, first_test, horizon, scaled):
    """Whose error stands above the fraction line?"""
    return _skill(series, first_test, horizon, scaled, score=lambda mine, theirs: 1 - theirs / mine)


@skill_score.mistake("ratio upside down")
def _(series, first_test, horizon, scaled):
    """The gain has been divided by the network's own error. By whose is it to be divided?"""
    return _skill(series, first_test, horizon, scaled, score=lambda mine, theirs: theirs / mine - 1)


@skill_score.mistake("difference in place of the ratio")
def _(series, first_test, horizon, scaled):
    """The difference of the errors has a unit. A skill has none."""
    return _skill(series, first_test, horizon, scaled, score=lambda mine, theirs: theirs - mine)


@function_exercise(
    lambda: [_segments(2, 1, 2), _segments(3, 2, 3, seed=1), _segments(4, 3, 2, seed=2)],
    shown="The state's numbers cross the border between segments, the gradient does not.",
    hints=(
        "Run the segments in order, each from the state that the one before left behind. Only the last one's loss "
        "is asked for, and only its own steps.",
        "`output, h = module(x[s], h)`, then `h = h.detach()` before the next one. The last loss: .backward(), and "
        "then module.weight_hh_l0.grad.",
    ),
    what="gradient",
)
def segment_gradient(module, read, x, target):
    """`module` is an nn.RNN with batch_first=True, `read` an nn.Linear; x and target are (segments, batch, steps, 1).
    Run the segments in order, the state carried from each to the next, from zeros. Return the gradient of the LAST
    segment's mean squared error with respect to module.weight_hh_l0, back to the start of that segment and no
    further."""
    return _gradient(module, _losses(module, read, x, target)[-1])


@functools.cache
def _segments(segments, batch, steps, seed=0):
    return {"module": made(nn.RNN, 1, 2, seed=seed, batch_first=True), "read": made(nn.Linear, 2, 1, seed=seed + 1),
            "x": drawn(seed + 2, segments, batch, steps, 1), "target": drawn(seed + 3, segments, batch, steps, 1)}


def _mean_square(guess, target):
    return ((guess - target) ** 2).mean()


def _gradient(module, loss):
    return torch.autograd.grad(loss, module.weight_hh_l0)[0]


def _losses(module, read, x, target, hand_on=torch.Tensor.detach, loss=_mean_square):
    """Return the loss of each segment; `hand_on` is what becomes of the state between two of them."""
    h, losses = None, []
    for x_s, target_s in zip(x, target, strict=True):
        output, h = module(x_s, h)
        h = hand_on(h)
        losses.append(loss(read(output), target_s))
    return losses


def _step_by_step(module, read, x, target):
    """Return the last segment's loss with the state detached after every step."""
    h = None
    for x_s in x:
        guesses = []
        for t in range(x.shape[2]):
            output, h = module(x_s[:, t:t + 1], h)
            guesses.append(read(output))
            h = h.detach()
    return _mean_square(torch.cat(guesses, dim=1), target[-1])


@segment_gradient.mistake("state not detached")
def _(module, read, x, target):
    """This gradient goes back through all segments to the first step."""
    return _gradient(module, _losses(module, read, x, target, hand_on=lambda h: h)[-1])


@segment_gradient.mistake("state reset, not carried")
def _(module, read, x, target):
    """The last segment begins with zeros, as if nothing had been read before it."""
    return _gradient(module, _losses(module, read, x, target, hand_on=lambda h: None)[-1])


@segment_gradient.mistake("detach at every step")
def _(module, read, x, target):
    """Within the segment the gradient does not go back either. Cut it at the border alone."""
    return _gradient(module, _step_by_step(module, read, x, target))


@segment_gradient.mistake("gradients of all segments added up")
def _(module, read, x, target):
    """backward() adds to what .grad holds already. Which segment's loss is asked for?"""
    return _gradient(module, sum(_losses(module, read, x, target)))


@segment_gradient.mistake("gradients of all segments added up")
def _(module, read, x, target):
    """The losses of all segments are in it, and all steps back to the first. Which segment's loss is asked for?"""
    return _gradient(module, sum(_losses(module, read, x, target, hand_on=lambda h: h)))


@segment_gradient.mistake("mean over all segments")
def _(module, read, x, target):
    """This is the gradient of the mean loss of all segments. The last one's is asked for."""
    return _gradient(module, sum(_losses(module, read, x, target)) / len(x))


@segment_gradient.mistake("mean over all segments")
def _(module, read, x, target):
    """This is the gradient of the mean loss of all segments, back to the first step. The last one's is asked for."""
    return _gradient(module, sum(_losses(module, read, x, target, hand_on=lambda h: h)) / len(x))


@segment_gradient.mistake("first segment in place of the last")
def _(module, read, x, target):
    """This is the gradient of the first segment's loss."""
    return _gradient(module, _losses(module, read, x, target)[0])


@segment_gradient.mistake("segments in reverse order")
def _(module, read, x, target):
    """The segments have been run from the last to the first."""
    return _gradient(module, _losses(module, read, x.flip(0), target.flip(0))[-1])


@segment_gradient.mistake("every guess compared with every target")
def _(module, read, x, target):
    """One of the two, guesses or targets, has lost its last axis of length 1. Subtracted, they broadcast to a square."""
    return _gradient(module, _losses(module, read, x, target, loss=lambda y, t: ((y - t[..., 0]) ** 2).mean())[-1])


@segment_gradient.mistake("squares summed, not averaged")
def _(module, read, x, target):
    """The loss is a mean over batch and steps."""
    return _gradient(module, _losses(module, read, x, target, loss=lambda y, t: ((y - t) ** 2).sum())[-1])


@segment_gradient.mistake("half of the mean")
def _(module, read, x, target):
    """The loss is the mean of the squares, without one half before it."""
    return _gradient(module, _losses(module, read, x, target)[-1] / 2)


@segment_gradient.mistake("root of the mean square")
def _(module, read, x, target):
    """This is the gradient of the root. The loss has none."""
    return _gradient(module, _losses(module, read, x, target)[-1] ** 0.5)


@segment_gradient.mistake("absolute errors")
def _(module, read, x, target):
    """The loss is the mean of the squares."""
    return _gradient(module, _losses(module, read, x, target, loss=lambda y, t: (y - t).abs().mean())[-1])


@segment_gradient.mistake("only the last step scored")
def _(module, read, x, target):
    """All steps of the segment have a target."""
    last = _losses(module, read, x, target, loss=lambda y, t: _mean_square(y[:, -1], t[:, -1]))
    return _gradient(module, last[-1])


@segment_gradient.mistake("batch and time swapped")
def _(module, read, x, target):
    """The state went from one sequence to the next. The module has batch_first=True, and so has the data."""
    return _gradient(module, _losses(module, read, x.swapaxes(1, 2), target.swapaxes(1, 2))[-1])


@segment_gradient.mistake("state not handed on from the second segment")
def _(module, read, x, target):
    """The last segment begins with the state that the first one left. Each leaves a new one."""
    h = module(x[0])[1].detach()
    return _gradient(module, _mean_square(read(module(x[-1], h)[0]), target[-1]))


@segment_gradient.mistake("last segment run twice")
def _(module, read, x, target):
    """The state has read the last segment already when it begins to read it."""
    h = None
    for x_s in x:
        h = module(x_s, h)[1].detach()
    return _gradient(module, _mean_square(read(module(x[-1], h)[0]), target[-1]))


@segment_gradient.mistake("one segment too few")
def _(module, read, x, target):
    """This is the loss of the segment before the last one."""
    return _gradient(module, _losses(module, read, x, target)[-2])


@function_exercise(
    lambda: [
        {"errors_a": np.array([3.0, -1.0, 2.0]), "errors_b": np.array([1.0, -2.0, 0.0]),
         "picks": np.array([[0, 1, 2], [0, 0, 1], [2, 2, 1], [1, 1, 1]])},
        _resampled(0, 6, 9), _resampled(1, 12, 40),
    ],
    shown="Both models are judged on the same years in every resample, so a hard year counts against both. Only if "
          "0 lies outside the interval does the test part tell them apart.",
    hints=(
        "One resample is one row of picks: the numbers of the years drawn. Take both models' errors of these years, "
        "square, average, subtract: one number for each row.",
        "errors_a[picks] has the shape of picks, so the mean goes along the last axis. np.percentile counts from 0 "
        "to 100; which two of its numbers leave a fortieth on either side?",
    ),
)
def paired_interval(errors_a, errors_b, picks):
    """errors_a and errors_b hold two models' errors in the same test years, shape (years,); each row of picks, shape
    (resamples, years), holds the years of one resample. Return (low, high): 2.5 and 97.5 in a hundred of the resampled
    differences, mean squared error of a minus that of b, lie below them (np.percentile as it is)."""
    return _interval(_resampled_difference(errors_a, errors_b, picks))


def _resampled(seed, years, resamples):
    rng = np.random.default_rng(seed)
    errors = rng.normal(0.3, 1, years)
    return {"errors_a": errors.round(1), "errors_b": (errors + rng.normal(0.2, 0.6, years)).round(1),
            "picks": rng.integers(0, years, (resamples, years))}


def _resampled_difference(errors_a, errors_b, picks, measure=np.square, axis=1):
    return measure(errors_a[picks]).mean(axis) - measure(errors_b[picks]).mean(axis)


def _interval(differences, low=2.5, high=97.5):
    return np.percentile(differences, low), np.percentile(differences, high)


def _normal(differences, width=1.96, spread=None):
    spread = differences.std() if spread is None else spread
    return differences.mean() - width * spread, differences.mean() + width * spread


@paired_interval.mistake("resampled apart")
def _(errors_a, errors_b, picks):
    """In one resample the two models are judged on different years. Then an easy draw looks like a better model."""
    return _interval(np.square(errors_a[picks]).mean(1) - np.square(errors_b[picks[::-1]]).mean(1))


@paired_interval.mistake("resampled apart")
def _(errors_a, errors_b, picks):
    """In one resample the two models are judged on different years. Then an easy draw looks like a better model."""
    return _interval(np.square(errors_a[picks]).mean(1) - np.square(errors_b[np.roll(picks, 1, axis=0)]).mean(1))


@paired_interval.mistake("only one model resampled")
def _(errors_a, errors_b, picks):
    """One model's years change from resample to resample, the other's do not."""
    return _interval(np.square(errors_a[picks]).mean(1) - np.square(errors_b).mean())


@paired_interval.mistake("only one model resampled")
def _(errors_a, errors_b, picks):
    """One model's years change from resample to resample, the other's do not."""
    return _interval(np.square(errors_a).mean() - np.square(errors_b[picks]).mean(1))


@paired_interval.mistake("an interval for each model")
def _(errors_a, errors_b, picks):
    """Ends of two intervals have been subtracted. What is wanted is the interval of the difference."""
    a, b = (_interval(np.square(errors[picks]).mean(1)) for errors in (errors_a, errors_b))
    return a[0] - b[0], a[1] - b[1]


@paired_interval.mistake("an interval for each model")
def _(errors_a, errors_b, picks):
    """Ends of two intervals have been subtracted. What is wanted is the interval of the difference."""
    a, b = (_interval(np.square(errors[picks]).mean(1)) for errors in (errors_a, errors_b))
    return a[0] - b[1], a[1] - b[0]


@paired_interval.mistake("b minus a")
def _(errors_a, errors_b, picks):
    """Whose error is subtracted? Below 0 should mean that a is better."""
    return _interval(-_resampled_difference(errors_a, errors_b, picks))


@paired_interval.mistake("errors not squared")
def _(errors_a, errors_b, picks):
    """Errors too high and too low cancel here."""
    return _interval(_resampled_difference(errors_a, errors_b, picks, lambda errors: errors))


@paired_interval.mistake("absolute errors")
def _(errors_a, errors_b, picks):
    """These are mean absolute errors. Asked are the mean squared ones."""
    return _interval(_resampled_difference(errors_a, errors_b, picks, np.abs))


@paired_interval.mistake("roots taken")
def _(errors_a, errors_b, picks):
    """This is the difference of the roots. The mean squared errors are asked for."""
    return _interval(np.square(errors_a[picks]).mean(1) ** 0.5 - np.square(errors_b[picks]).mean(1) ** 0.5)


@paired_interval.mistake("errors subtracted before squaring")
def _(errors_a, errors_b, picks):
    """This says how far the two forecasts are apart, not which one is better."""
    return _interval(np.square(errors_a - errors_b)[picks].mean(1))


@paired_interval.mistake("ratio in place of the difference")
def _(errors_a, errors_b, picks):
    """This is how many times as large the one is as the other. Asked is the difference."""
    return _interval(np.square(errors_a[picks]).mean(1) / np.square(errors_b[picks]).mean(1))


@paired_interval.mistake("sign thrown away")
def _(errors_a, errors_b, picks):
    """Resamples in which b is better count like those in which a is. Then 0 can never lie inside."""
    return _interval(np.abs(_resampled_difference(errors_a, errors_b, picks)))


@paired_interval.mistake("sum in place of the mean")
def _(errors_a, errors_b, picks):
    """The squares of a resample have been added up, not averaged."""
    return _interval(_resampled_difference(errors_a, errors_b, picks) * len(errors_a))


@paired_interval.mistake("a twentieth on either side")
def _(errors_a, errors_b, picks):
    """Nine tenths lie in this interval. Both tails together are to hold one twentieth."""
    return _interval(_resampled_difference(errors_a, errors_b, picks), 5, 95)


@paired_interval.mistake("per cent taken for a share")
def _(errors_a, errors_b, picks):
    """np.percentile counts from 0 to 100, np.quantile from 0 to 1."""
    return _interval(_resampled_difference(errors_a, errors_b, picks), 0.025, 0.975)


@paired_interval.mistake("smallest and largest")
def _(errors_a, errors_b, picks):
    """This interval grows with the number of resamples."""
    return _interval(_resampled_difference(errors_a, errors_b, picks), 0, 100)


@paired_interval.mistake("middle half")
def _(errors_a, errors_b, picks):
    """One half of the resamples lie in this interval."""
    return _interval(_resampled_difference(errors_a, errors_b, picks), 25, 75)


@paired_interval.mistake("mean over the resamples")
def _(errors_a, errors_b, picks):
    """The mean went over the resamples, not over the years within one."""
    return _interval(_resampled_difference(errors_a, errors_b, picks, axis=0))


@paired_interval.mistake("nothing resampled")
def _(errors_a, errors_b, picks):
    """This says how the single years differ. The mean over all years varies far less."""
    return _interval(np.square(errors_a) - np.square(errors_b))


@paired_interval.mistake("single years, not resampled means")
def _(errors_a, errors_b, picks):
    """All drawn years lie in one heap. Each resample should give one number, its mean."""
    return _interval(np.square(errors_a[picks]) - np.square(errors_b[picks]))


@paired_interval.mistake("normal curve in place of the percentiles")
def _(errors_a, errors_b, picks):
    """This takes the resampled differences for normal. Their percentiles need no such belief."""
    return _normal(_resampled_difference(errors_a, errors_b, picks))


@paired_interval.mistake("normal curve in place of the percentiles")
def _(errors_a, errors_b, picks):
    """This takes the resampled differences for normal. Their percentiles need no such belief."""
    return _normal(_resampled_difference(errors_a, errors_b, picks), width=2)


@paired_interval.mistake("normal curve in place of the percentiles")
def _(errors_a, errors_b, picks):
    """This is the mean with its standard error: no resample takes part in it."""
    by_year = errors_a**2 - errors_b**2
    return _normal(by_year, spread=by_year.std() / len(by_year) ** 0.5)


@paired_interval.mistake("low and high swapped")
def _(errors_a, errors_b, picks):
    """The lower end comes first."""
    return _interval(_resampled_difference(errors_a, errors_b, picks))[::-1]


@function_exercise(
    lambda: [
        {"series": np.array([1.0, 2.0, 4.0, 3.0, 5.0, 4.0, 6.0]), "order": 1, "first_test": 5},
        _cycle(0, 24, 3, 17), _cycle(1, 30, 2, 20), _cycle(2, 30, 4, 21),
    ],
    shown="A handful of weights, found in one line of linear algebra: this is the opponent that a network has to beat.",
    hints=(
        "One row for each training year that has `order` years before it: these values, and a 1. Next to it the "
        "value of the year itself. np.linalg.lstsq finds the weights.",
        "Forecasts: the same kind of row for each test year, from the series as it was, times the weights. The "
        "first test year's row is all training years; that is as it should be.",
    ),
)
def lag_forecast(series, order, first_test):
    """Forecast each value from the `order` values before it and a constant, weights by least squares, fitted on all
    targets before place first_test. Return the forecasts, one step ahead and each from the true values before it, for
    series[first_test:]: shape (len(series) - first_test,)."""
    return _forecast(series, order, first_test)


def _cycle(seed, size, order, first_test):
    rng, t = np.random.default_rng(seed), np.arange(size)
    series = 5 + 0.1 * t + 3 * np.sin(2 * np.pi * t / 7) + rng.normal(0, 1, size)
    return {"series": series.round(1), "order": order, "first_test": first_test}


def _rows(series, order, places, gap=1, constant=1.0):
    """Return a row for each place: the constant, and the `order` values that end `gap` before it, the latest last."""
    return np.array([[constant, *series[t - gap - order + 1:t - gap + 1]] for t in places])


def _forecast(series, order, first_test, fitted=None, gap=1, constant=1.0, places=None):
    fitted = range(order + gap - 1, first_test) if fitted is None else fitted
    places = range(first_test, len(series)) if places is None else places
    weights = np.linalg.lstsq(_rows(series, order, fitted, gap, constant), series[list(fitted)])[0]
    return _rows(series, order, places, gap, constant) @ weights


@lag_forecast.mistake("fitted on everything")
def _(series, order, first_test):
    """The weights have seen the test years."""
    return _forecast(series, order, first_test, fitted=range(order, len(series)))


@lag_forecast.mistake("fitted on the first test year too")
def _(series, order, first_test):
    """The value at place first_test belongs to the test part."""
    return _forecast(series, order, first_test, fitted=range(order, first_test + 1))


@lag_forecast.mistake("window that reaches into the test years")
def _(series, order, first_test):
    """Rows that begin before the test part have been fitted. Their targets stand in it."""
    return _forecast(series, order, first_test, fitted=range(order, min(first_test + order, len(series))))


@lag_forecast.mistake("fitted on the test part")
def _(series, order, first_test):
    """The weights come from the years that they are tested on."""
    return _forecast(series, order, first_test, fitted=range(first_test, len(series)))


@lag_forecast.mistake("last training year not used")
def _(series, order, first_test):
    """One training year more can be a target: the last one."""
    return _forecast(series, order, first_test, fitted=range(order, first_test - 1))


@lag_forecast.mistake("first training year not used")
def _(series, order, first_test):
    """One training year more can be a target: the first one that has enough years before it."""
    return _forecast(series, order, first_test, fitted=range(order + 1, first_test))


@lag_forecast.mistake("constant missing")
def _(series, order, first_test):
    """Without a constant the forecast of a quiet series runs to 0."""
    return _forecast(series, order, first_test, constant=0.0)


@lag_forecast.mistake("mean taken away in place of a constant")
def _(series, order, first_test):
    """Taking the mean away first is nearly the same, but only nearly: least squares finds a constant of its own."""
    mean = series[:first_test].mean()
    return _forecast(series - mean, order, first_test, constant=0.0) + mean


@lag_forecast.mistake("mean taken away in place of a constant")
def _(series, order, first_test):
    """The mean of all years has been taken away, the test years' among them, and no constant found."""
    mean = series.mean()
    return _forecast(series - mean, order, first_test, constant=0.0) + mean


@lag_forecast.mistake("zeros before the first year")
def _(series, order, first_test):
    """The first years have been fitted with zeros in the place of years that are not there."""
    padded = np.concatenate([np.zeros(order), series])
    return _forecast(padded, order, first_test + order)


@lag_forecast.mistake("own forecasts read, not the true values")
def _(series, order, first_test):
    """After the first test year each forecast is made of forecasts. By then the true value is known."""
    fitted = range(order, first_test)
    weights = np.linalg.lstsq(_rows(series, order, fitted), series[list(fitted)])[0]
    known = list(series[:first_test])
    for _ in series[first_test:]:
        known.append(weights @ [1.0, *known[-order:]])
    return np.array(known[first_test:])


@lag_forecast.mistake("two steps ahead")
def _(series, order, first_test):
    """The latest value before the forecast year is not read."""
    return _forecast(series, order, first_test, gap=2)


@lag_forecast.mistake("answer among the inputs")
def _(series, order, first_test):
    """Your forecasts are perfect: the row of a year holds the value of that very year."""
    return series[first_test:].copy()


@lag_forecast.mistake("forecasts one year late")
def _(series, order, first_test):
    """Each forecast stands in the place of the year after its own."""
    return _forecast(series, order, first_test, places=range(first_test - 1, len(series) - 1))


@lag_forecast.mistake("forecasts one year early")
def _(series, order, first_test):
    """Each forecast stands in the place of the year before its own."""
    return _forecast(series, order, first_test, places=range(first_test + 1, len(series) + 1))


@lag_forecast.mistake("one value too many")
def _(series, order, first_test):
    """Each forecast reads one value more than asked."""
    return _forecast(series, order + 1, first_test)


@lag_forecast.mistake("one value too few")
def _(series, order, first_test):
    """Each forecast reads one value less than asked."""
    return _forecast(series, order - 1, first_test)


@lag_forecast.mistake("only the latest value read")
def _(series, order, first_test):
    """One value before each year is read. Asked are `order` of them."""
    return _forecast(series, 1, first_test, fitted=range(order, first_test))


@lag_forecast.mistake("only the oldest value read")
def _(series, order, first_test):
    """One value is read, the one `order` years before. Those between are missing."""
    return _forecast(series, 1, first_test, fitted=range(order, first_test), gap=order)


@lag_forecast.mistake("values in opposite orders")
def _(series, order, first_test):
    """The weights were found with the values in one order and are used with the values in the other."""
    fitted = range(order, first_test)
    weights = np.linalg.lstsq(_rows(series, order, fitted), series[list(fitted)])[0]
    return _rows(series, order, range(first_test, len(series))) @ np.array([weights[0], *weights[:0:-1]])


@lag_forecast.mistake("forecasts for the training years too")
def _(series, order, first_test):
    """There are more forecasts than test years."""
    return _forecast(series, order, first_test, places=range(order, len(series)))


@lag_forecast.mistake("first test years left out")
def _(series, order, first_test):
    """The first test years have no forecast. The values before them are known, though they were used for training."""
    return _forecast(series, order, first_test, places=range(first_test + order, len(series)))


@lag_forecast.mistake("fitted anew for each year")
def _(series, order, first_test):
    """Each forecast has its own weights, fitted with the test years before it. Asked is one fit, before the test
    part."""
    return np.array([_forecast(series, order, first_test, fitted=range(order, t), places=[t])[0]
                     for t in range(first_test, len(series))])


@lag_forecast.mistake("last value repeated")
def _(series, order, first_test):
    """This is persistence: no weight has been fitted."""
    return series[first_test - 1:-1].copy()


@lag_forecast.mistake("errors in place of the forecasts")
def _(series, order, first_test):
    """These are differences between value and forecast."""
    return series[first_test:] - _forecast(series, order, first_test)
