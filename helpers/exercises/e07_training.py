"""The exercises of notebook 07: what a reset costs, what crosses the border between segments, rows that continue."""

import numpy as np
import torch
from torch import nn

from helpers.exercises.draws_torch import draw_module, draw_tensor
from helpers.exercises.engine import DIRECTION, function_exercise, prediction_exercise


@prediction_exercise(
    shown="A reset costs you what the first step cannot know, and nothing else: where you reset matters more than how often.",
    hints=("From the second step of a segment on, two sines are known, and two sines give the cosine. So only first steps can "
           "cost anything. With 5 steps, which values does the sine take at the first steps? And with 20?",
           "Where the sine is 0, the cosine is 1 or -1; where it is 1 or -1, the cosine is 0. Do the segments of 20 steps "
           "start sometimes with one and sometimes with the other, or always with the same?"), rtol=0, atol=0.005)
def predict_reset():
    """Put your two predictions in place of the dots: the mean squared error over all steps with segments of 5 steps, and with
    segments of 20. The cell then measures both."""
    return 0.1, 0.0


predict_reset.knows(
    ("each reset taken to cost the same",
     "You charge 1 for each reset, as with 10 steps. Is the cosine unknown wherever a segment begins?", (0.2, 0.05)),
    ("each reset taken to cost the same", "The 20 steps are right. With 5, is the cosine unknown wherever a segment begins?",
     (0.2, 0.0)),
    ("a full period taken to begin anyhow", "The 5 steps are right. With 20, what is the cosine at the first step of the first "
     "segment, of the second, of the third?", (0.1, 0.05)),
    ("a full period taken to begin anyhow",
     "With 20 steps, what is the cosine at the first step of the first segment, of the second, of the third?", (0.1, 0.025)),
    ("length of the segment left out", "This is what 10 steps cost. Must another length cost the same?", (0.1, 0.1)),
    ("more resets taken to cost less", "The shorter the segment, the larger the share of first steps in it.", (0.05, 0.2)),
    ("memory taken to be lost at all steps",
     "One half is the error without any memory. After a reset the state fills up again, within one step.", (0.5, 0.5)),
    ("error of a first step, not of all steps", "This is what a first step costs. The mean goes over all steps of the segment.",
     (0.5, 0.0)),
    ("error of a first step, not of all steps",
     "This is the most that a first step can cost. The mean goes over all steps of the segment.", (1.0, 1.0), (1.0, 0.0)),
    ("reset taken to cost nothing",
     "At the first step of a segment you know the sine and nothing else. Does it always give you the cosine?", (0.0, 0.0)),
    ("the two swapped", "You have both numbers. Which of the two lengths always begins at the same place on the wave?",
     (0.0, 0.1)))


@function_exercise(
    lambda: [_segments(2, 1, 2), _segments(3, 2, 3, seed=1), _segments(4, 3, 2, seed=2), _segments(2, 2, 1, 3, scale=60.0)],
    shown="The state's numbers cross the border between segments, the gradient does not.",
    hints=("Run the segments in order, each from the state that the one before left behind. You need only the last one's loss, "
           "and only its own steps.",
           "`output, h = module(x[s], h)`, then `h = h.detach()` before the next one. Call .backward() on the last loss "
           "and read module.weight_hh_l0.grad."), what="gradient")
def segment_gradient(module, read, x, target):
    """`module` is an nn.RNN with batch_first=True, `read` an nn.Linear; x and target are (segments, batch, steps, 1). Run the
    segments in order, the state carried from each to the next, from zeros. Return the gradient of the LAST segment's mean
    squared error with respect to module.weight_hh_l0, back to the start of that segment and no further."""
    h = None
    for x_s, target_s in zip(x, target):
        output, h = module(x_s, h)
        h = h.detach()
        loss = ((read(output) - target_s) ** 2).mean()
    return torch.autograd.grad(loss, module.weight_hh_l0)[0]


def _segments(segments, batch, steps, seed=0, scale=1.0):
    x, target = (draw_tensor(seed + n, segments, batch, steps, 1) for n in (2, 3))
    module, read = draw_module(nn.RNN, 1, 2, seed=seed, batch_first=True), draw_module(nn.Linear, 2, 1, seed=seed + 1)
    return module.float(), read.float(), x.float(), (scale * target).float()  # torch's default, as in a learner's zeros


def by_hand(module, read, x, target):
    weight_ih, weight_hh, bias_ih, bias_hh = module.parameters()
    h = torch.zeros(x.shape[1], len(weight_hh), dtype=x.dtype)
    for x_s, target_s in zip(x, target):
        h, guesses = h.detach(), []
        for t in range(x.shape[2]):
            h = torch.tanh(x_s[:, t] @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
            guesses.append(read(h))
        loss = ((torch.stack(guesses, dim=1) - target_s) ** 2).mean()
    return torch.autograd.grad(loss, weight_hh)[0]


def all_segments(module, read, x, target):
    h, total = None, 0
    for x_s, target_s in zip(x, target):
        output, h = module(x_s, h)
        h = h.detach()
        total = total + ((read(output) - target_s) ** 2).mean()
    return torch.autograd.grad(total, module.weight_hh_l0)[0]


KEPT = ("        h = h.detach()\n", "")
segment_gradient.knows(
    ("state not detached", "This gradient goes back through all segments to the very first step.", KEPT),
    ("state reset, not carried", "The last segment starts from zeros here, as if nothing had been read before it.",
     ("module(x_s, h)", "module(x_s)")),
    ("gradient clipped", "This is the gradient after clipping. Clipping belongs to the update; the gradient itself can "
     "be any size.", *(("module.weight_hh_l0)[0]", f"module.weight_hh_l0)[0].clamp(-{end}, {end})") for end in (1, 5)),
     ("    return torch.autograd.grad(loss, module.weight_hh_l0)[0]",
      "    gradient = torch.autograd.grad(loss, module.weight_hh_l0)[0]\n    return gradient / max(1.0, gradient.norm())")),
    ("detach at every step", "Within the segment the gradient doesn't go back either. Cut it at the border alone.",
     [by_hand, ("h @ weight_hh", "h.detach() @ weight_hh")]),
    ("gradients of all segments added up", "backward() adds to whatever .grad already holds. Which segment's loss do you want?",
     [all_segments]),
    ("gradients of all segments added up", "The losses of all segments are in it, and all steps back to the first. Which "
     "segment's loss do you want?", [all_segments, KEPT]),
    ("mean over all segments", "This is the gradient of the mean loss of all segments. You want the last one's.",
     [all_segments, ("grad(total", "grad(total / len(x)")]),
    ("mean over all segments", "This is the gradient of the mean loss of all segments, back to the first step. You want "
     "the last one's.", [all_segments, ("grad(total", "grad(total / len(x)"), KEPT]),
    ("first segment in place of the last", "This is the gradient of the first segment's loss.",
     ("    return", "        return")),
    ("segments in reverse order", "You ran the segments from the last to the first.",
     ("zip(x, target)", "zip(x.flip(0), target.flip(0))")),
    ("every guess compared with every target", "Guesses or targets have lost their last axis of length 1, and the subtraction "
     "broadcasts them to a square.", ("- target_s", "- target_s[..., 0]")),
    ("squares summed, not averaged", "The loss is a mean over batch and steps.", (".mean()", ".sum()")),
    ("errors not squared", "Errors too high and too low cancel here. The loss is the mean of the squares.",
     ("((read(output) - target_s) ** 2)", "(read(output) - target_s)")),
    ("half of the mean", "The loss is the mean of the squares, without a one half in front.", (".mean()", ".mean() / 2")),
    ("root of the mean square", "This is the gradient of the root. The loss has no root.", (".mean()", ".mean().sqrt()")),
    ("absolute errors", "The loss is the mean of the squares.",
     ("(read(output) - target_s) ** 2", "(read(output) - target_s).abs()")),
    ("only the last step scored", "Every step of the segment has a target.", (" - target_s", "[:, -1] - target_s[:, -1]")),
    ("batch and time swapped", "The state went from one sequence to the next. The module has batch_first=True, and so "
     "does the data.", [("module(x_s, h)", "module(x_s.swapaxes(0, 1), h)"), ("- target_s", "- target_s.swapaxes(0, 1)")]),
    ("state not handed on from the second segment", "The last segment starts from the state that the first one left. Each "
     "segment leaves a new one.", ("module(x_s, h)", "module(x_s, None if h is None else module(x[0])[1].detach())")),
    ("last segment run twice", "When the state starts on the last segment, it has already read it once.",
     ("zip(x, target)", "zip([*x, x[-1]], [*target, target[-1]])")),
    ("one segment too few", "This is the loss of the segment before the last one.", ("(x, target)", "(x[:-1], target[:-1])")))


@function_exercise(
    lambda: [(np.arange(1.0, 20.0), 2, 3), (np.arange(1.0, 9.0), 2, 2), _shuffled(0, 31, 3, 4), _shuffled(1, 17, 4, 2),
             _shuffled(2, 7, 1, 3), _shuffled(3, 11, 5, 1), _shuffled(4, 30, 3, 3)],
    shown="Row b of each segment goes on where row b of the segment before has stopped, so row b of the carried state meets "
          "its own future.",
    hints=("How many segments does each row get? That times `steps` is the length of a row, and row 1 begins right where row 0 "
           "ends.",
           "segments = len(series) // (batch * steps). A reshape makes the rows; then segment s has the columns from s * steps "
           "to (s + 1) * steps of every row."))
def continuing_rows(series, batch, steps):
    """Cut a long series for training with a carried state: into `batch` rows that follow each other, and each row into segments
    of `steps` values, as many as fit; what is left over at the end of the series is dropped. Return all of it as one array of
    shape (segments, batch, steps): row b of each segment continues row b of the segment before."""
    segments = len(series) // (batch * steps)
    rows = series[:batch * segments * steps].reshape(batch, segments * steps)
    return np.array([rows[:, s * steps:(s + 1) * steps] for s in range(segments)])


def _shuffled(seed, size, batch, steps):
    return np.random.default_rng(seed).permutation(7.5 * np.arange(size) - 3 * size), batch, steps


CUT = "rows[:, s * steps:(s + 1) * steps]"
continuing_rows.knows(
    ("rows that follow each other within a segment",
     "You fill one segment after the other. So row 0 of the next segment continues the last row of this one, not its own.",
     ("np.array([", "series[:batch * segments * steps].reshape(segments, batch, steps)  # ([")),
    ("values dealt out in turn", "Neighboring values go to different rows. Within a row, time makes jumps of `batch` steps.",
     ("reshape(batch, segments * steps)", "reshape(segments * steps, batch).T")),
    ("rows one segment apart", "Row 1 begins one segment after row 0, so nearly every value is in several rows.", ("np.array",
      "np.array([[series[(s + b) * steps:(s + b + 1) * steps] for b in range(batch)]\n        for s in range(segments)])  # ")),
    ("all rows alike", "Every row holds the same part of the series.",
     (CUT, "rows[:1].repeat(batch, 0)[:, s * steps:(s + 1) * steps]")),
    ("rows first", "The rows are right, but they come first. The loop of training goes over segments.",
     [("np.array([", "np.stack(["), ("for s in range(segments)]", "for s in range(segments)], 1")]),
    ("time before the batch", "Within a segment you have time first. You were asked for (batch, steps).", (CUT, f"{CUT}.T")),
    ("segments in reverse order", "The last segment comes first. A state can only be carried forward in time.",
     ("in range(segments)", "in reversed(range(segments))"), DIRECTION),
    ("time backward within the segments", "Within each segment the latest value comes first.",
     ("steps] for", "steps][:, ::-1] for"), DIRECTION),
    ("rows in reverse order", "The rows are right, but the last piece of the series is in row 0.", (CUT, f"{CUT}[::-1]")),
    ("beginning dropped in place of the end", "You dropped what is left over at the beginning of the series.",
     ("series[:batch * segments * steps]", "series[len(series) - batch * segments * steps:]")),
    ("each row's own end dropped", "Your rows are longer than their segments, so each of them loses its end. Drop only the end "
     "of the whole series.", ("rows = series[:batch * segments * steps].reshape(batch, segments * steps)",
                              "rows = series[:len(series) // batch * batch].reshape(batch, -1)")),
    ("last segment left out", "One more segment fits.", ("in range(segments)", "in range(segments - 1)")),
    ("end point repeated", "Each segment begins with the value that the one before ended with: time stands still there.",
     (CUT, "rows[:, s * (steps - 1):s * (steps - 1) + steps]")),
    ("one value apart", "Each segment begins one value after the one before: nearly every value is read several times.",
     (CUT, "rows[:, s:s + steps]")))
