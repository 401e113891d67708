"""The exercises of notebook 03: deltas, shared weights, finite differences, clipping, what a window cuts off."""

import numpy as np

from helpers.exercises.draws import draw, draw_cell
from helpers.exercises.engine import ALIASING, DIRECTION, function_exercise, prediction_exercise, value_exercise
from helpers.numpy_nets.rnn import backward, forward, read_out, read_out_backward


@value_exercise(
    shown="Going backward, each step is one sum and one slope, and the shared weight collects one term from each step.",
    hints=("Start at the end. Nothing comes back to h_2 but its own 1.0, and delta_2 is that times the slope of tanh "
           "at step 2.",
           "h_1 gets 0.4 directly, plus what comes back from step 2 through w_hh. Each term of the sum is delta_t h_{t-1}."),
    what="gradient")
def two_deltas():
    """Work out delta_2, delta_1 and dL/dw_hh to four decimals, and put them in place of the dots."""
    slope_1, slope_2 = 1 - 0.6**2, 1 - 0.8**2
    delta_2 = 1.0 * slope_2
    from_step_2 = -0.5 * delta_2
    delta_1 = (0.4 + from_step_2) * slope_1
    grad_w_hh = delta_1 * 0.5 + delta_2 * 0.6
    return {"delta_2": delta_2, "delta_1": delta_1, "grad_w_hh": grad_w_hh}


two_deltas.knows(
    ("slope missing", "These are gradients of the states. delta belongs to a_t, on the other side of the tanh.",
     [(" * slope_1", ""), (" * slope_2", "")]),
    ("slope missing", "delta_2 is right. delta_1 is still the gradient of h_1, which has a tanh to cross as well.",
     (" * slope_1", "")),
    ("slope missing", "delta_2 is still the gradient of h_2, which has a tanh to cross as well.", (" * slope_2", "")),
    ("slope taken at the pre-activation", "You can write the slope of tanh with what came out of it, not with what went in.",
     [("0.6**2", "0.6931**2"), ("0.8**2", "1.0986**2")]),
    ("square missing in the slope", "This slope is right at h = 0 and at h = 1, but not in between.",
     [("0.6**2", "0.6"), ("0.8**2", "0.8")]),
    ("slope of the wrong step", "Each delta has the slope of the step before it.", [("0.6**", "0.5**"), ("0.8**2", "0.6**2")]),
    ("slope of the wrong step", "delta_2 is right, but you used its slope for step 1 as well.", ("0.6**2", "0.8**2")),
    ("slope of the wrong step", "The two slopes have changed places.", ("0.6**2, 1 - 0.8**2", "0.8**2, 1 - 0.6**2")),
    ("delta not handed back", "delta_1 takes only its own output into account. What else does h_1 affect?",
     ("-0.5 * delta_2", "0.0")),
    ("handed back without the weight",
     "What comes back to h_1 has crossed the recurrent connection, and that carries a weight.", ("-0.5 * ", "")),
    ("sign of the recurrent weight lost", "The recurrent weight is negative.", ("-0.5", "0.5")),
    ("gradient of h handed back in place of delta", "Between h_2 and h_1 the gradient crosses the tanh of step 2 first.",
     ("-0.5 * delta_2", "-0.5 * 1.0")),
    ("own output forgotten", "delta_1 takes only step 2 into account. The loss looks at h_1 directly as well.", ("0.4 + ", "")),
    ("h_t in place of h_{t-1}", "The deltas are right. Which state did w_hh multiply to make a_t?",
     [("* 0.5 +", "* 0.6 +"), ("delta_2 * 0.6", "delta_2 * 0.8")]),
    ("overwritten, not summed", "The deltas are right. The weight was used twice, and you counted only one of its uses.",
     (" + delta_2 * 0.6", ""), ("delta_1 * 0.5 + ", "")),
    ("averaged over the steps", "The deltas are right. The uses of a shared weight are added, not averaged.",
     ("delta_1 * 0.5 + delta_2 * 0.6", "(delta_1 * 0.5 + delta_2 * 0.6) / 2")),
    ("the two states swapped", "The deltas are right. Which state came before which step?",
     ("delta_1 * 0.5 + delta_2 * 0.6", "delta_1 * 0.6 + delta_2 * 0.5")),
    ("deltas summed without the states", "The deltas are right. Their plain sum is the gradient of the bias.",
     ("delta_1 * 0.5 + delta_2 * 0.6", "delta_1 + delta_2")))


@prediction_exercise(
    shown="The error of a one-sided difference is proportional to the step, so a hundredth of the step leaves a hundredth of "
          "the error. With the central difference it would be a ten-thousandth.",
    hints=("Write the Taylor series of L(w + s), subtract L(w), and divide by s. Which term is the first one too many?",
           "In the central difference the terms in s cancel and s^2 is left. Here nothing cancels, so the error goes with s."))
def predict_one_sided():
    """Put your prediction, how many times smaller the error becomes, in place of the dots. Then the cell measures it."""
    return 100.0


predict_one_sided.knows(
    ("taken for a central difference",
     "That would be second order. In a central difference the terms in s cancel. Do they here?", 10000.0),
    ("one power of ten in place of two", "From 0.001 to 0.00001 are two powers of ten.", 10.0),
    ("rounding taken for the larger error",
     "The error only grows with a smaller step once rounding dominates, and that is further down.", 0.01),
    ("error taken to stay", "A flat line would mean that the gradient is wrong. Here the formula is only coarse.", 1.0),
    ("factor turned round",
     "The question is how many times smaller the error becomes. Your number is what's left of it, or less.", 0.0001))


def _cubic(array):
    return array[0] ** 3 * array[1]


def _waves(array):
    return np.sum(np.sin(3 * array)) * np.sum(np.exp(array))


@function_exercise(
    lambda: [(_cubic, np.array([1.0, 2.0]), 0.1), (_waves, draw(0, 2, 3), 0.01), (_waves, draw(1, 3).astype(np.float32), 1e-7),
             (_cubic, np.array([3.0, -2.0]), 0.1), (_waves, 3 * draw(2, 1, 1), 0.01)],
    shown="One entry at a time, up and down, and everything put back. This referee knows nothing about the chain rule.",
    hints=("np.ndindex(array.shape) visits every place of an array of any shape. Keep the value of a place before you move it.",
           "Work on a copy in float64, array.astype(float). In float32 a step of 1e-7 is as small as the gap "
           "between two numbers."), what="gradient")
def differences(loss, array, step):
    """Return, for each entry of `array` and in its shape, the central difference: the loss with this entry raised by `step`,
    minus the loss with it lowered by `step`, divided by 2 step. loss(array) returns a number. Even if `array` comes in float32,
    the result is float64 and precise. The check's losses are w[0]**3 * w[1], and for arrays of any shape np.sum(np.sin(3 * w))
    * np.sum(np.exp(w))."""
    array = array.astype(float)
    gradient = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + step
        above = loss(array)
        array[index] = value - step
        below = loss(array)
        array[index] = value
        gradient[index] = (above - below) / (2 * step)
    return gradient


differences.knows(
    ("one-sided difference", "You looked at one side only. On a curve, the chord to one side leans.",
     [("value - step", "value"), ("(2 * step)", "step")], [("value + step", "value"), ("(2 * step)", "step")]),
    ("second nudge only undoes the first", "You took the lower loss where the array was to begin with, so half of the "
     "distance is missing.", ("value - step", "value")),
    ("divided by one step in place of two", "This is twice the gradient. How far apart are the two points?",
     ("(2 * step)", "step")),
    ("not divided by the step", "These are differences of the loss, not yet per unit of the weight.", (" / (2 * step)", "")),
    ("divided by two, not by the step", "You halved the difference, but you haven't divided it by how far the weight moved.",
     ("(2 * step)", "2")),
    ("divided by 2, then multiplied by the step", "In Python, `a / 2 * step` divides by 2 alone.", ("(2 * step)", "2 * step")),
    ("half a step to each side", "This is a central difference, but with half the step. Here each side is a whole step away.",
     [("value + step", "value + step / 2"), ("value - step", "value - step / 2"), ("(2 * step)", "step")]),
    ("above and below swapped", "Every sign is the wrong way round.", ("above - below", "below - above")),
    ("all entries moved at once", "Each number here is the sum of all of them. You moved the whole array, not one entry after "
     "the other.", [("        array[index] = value + step\n        above = loss(array)", "        above = loss(array + step)"),
      ("        array[index] = value - step\n        below = loss(array)", "        below = loss(array - step)")]),
    ("both nudges in one array", "Every difference is 0. Did both losses see the same array? A second name for an "
     "array is not a copy.", [("value + step", "value"), ("value - step", "value")]),
    ("rows moved at once", "All numbers of a row are the same: you moved the row, not one entry.",
     ("np.ndindex(array.shape)", "range(len(array))"),
     [("np.ndindex(array.shape)", "range(len(array))"), ("value = array[index]", "value = array[index].copy()")]),
    ("entries not put back", "The first entry is right. When you move the next one, the one before is not back in its place.",
     ("        array[index] = value\n", ""), ("        array[index] = value\n", "        array[index] = value + step\n")),
    ("finite differences in float32", "With seven digits, a step of 1e-7 gets lost in the rounding, and what you divide by "
     "it is noise.", ("astype(float)", "copy()"), [("astype(float)", "copy()"), ("zeros(array.shape)", "zeros_like(array)")]),
    ("step scaled with the weight", "You moved large weights further than `step`. Here every entry moves by exactly `step`, "
     "however large it is.",
     *([("        array[index] = value + step\n", f"        h = {scaled}\n        array[index] = value + h\n"),
        ("value - step", "value - h"), ("(2 * step)", "(2 * h)")]
       for scaled in ("step * max(1, abs(value))", "step * (1 + abs(value))", "step * abs(value)"))))


@prediction_exercise(
    shown="The state crosses the border of a window, the gradient does not. The loss of step 19 reaches back to the start of "
          "its own window, step 17.",
    hints=("Write down the windows. The first holds steps 1 to 8. Which one holds step 19, and where does that one begin?",
           "From step 19 the gradient goes back as far as the first step of that window. Count both ends."), rtol=0.0, atol=0.5)
def predict_reached():
    """Put your prediction, how many of the 20 inputs get a gradient, in place of the dots. Then the cell counts."""
    return 3


predict_reached.knows(
    ("the state taken for the gradient",
     "All these inputs affected step 19, because the state is carried over. But does the gradient cross a border?", 19),
    ("always a whole window back", "The windows don't move with the loss: step 19 is not the last step of one.", 8),
    ("steps after the loss counted", "What comes after step 19 can't have affected its loss.", 4, 20),
    ("one step too few", "Count both ends: the step of the loss, and the first step of its window.", 2),
    ("cut at every step", "That would be a window of one step.", 1),
    ("one window too many", "You went on into the window before.", 11),
    ("the inputs that get none", "These are the ones that are cut off. How many are not?", 17))


def _pass_back(seed, seq_len, batch, hidden_size, loud=1):
    states, weight_hh = draw(seed, seq_len + 1, batch, hidden_size), draw(seed + 100, hidden_size, hidden_size)
    return states, loud * draw(seed + 50, seq_len, batch, hidden_size), weight_hh


@function_exercise(
    lambda: [_pass_back(0, 3, 1, 2), _pass_back(1, 4, 3, 3), _pass_back(2, 3, 3, 3), _pass_back(3, 1, 2, 2),
             _pass_back(4, 5, 1, 4, loud=30)],
    shown="From the last step to the first: the step's own gradient plus what comes back through the weights, times the slope. "
          "This loop is the only part of backpropagation through time that has to go step by step.",
    hints=("Loop over reversed(range(seq_len)), and keep what comes back from the step after. At the end that is 0.",
           "states[t + 1] came out of the step with x[t], so its slope is 1 - states[t + 1]**2. For rows, W^T delta "
           "is delta @ W."), what="gradient", over_time=True)
def all_deltas(states, grad_output, weight_hh):
    """Return delta_t = dL/da_t of all steps, (seq_len, batch, hidden_size), for tanh. `states` has h_0 first, (seq_len + 1,
    batch, hidden_size); `grad_output` is what each step gets from its own output, (seq_len, batch, hidden_size)."""
    deltas = np.zeros(grad_output.shape)
    from_later = 0.0
    for t in reversed(range(len(grad_output))):
        slope = 1 - states[t + 1] ** 2
        grad_h = grad_output[t] + from_later
        deltas[t] = slope * grad_h
        from_later = deltas[t] @ weight_hh
    return deltas


all_deltas.knows(
    ("slope missing", "These are the gradients of the states. delta belongs to a_t, on the other side of the tanh.",
     ("slope * grad_h", "grad_h")),
    ("slope taken at the pre-activation", "You can write the slope of tanh with what came out of it, not with what went in.",
     ("states[t + 1] ** 2", "np.arctanh(states[t + 1]) ** 2")),
    ("slope taken at the pre-activation", "You took tanh of a state, which already is a tanh.",
     ("states[t + 1] ** 2", "np.tanh(states[t + 1]) ** 2")),
    ("square missing in the slope", "This slope is above 1 where a state is negative. The slope of tanh never is.",
     ("states[t + 1] ** 2", "states[t + 1]")),
    ("1 minus missing in the slope", "At h = 0 the slope of tanh is at its largest. Yours is 0 there.", ("1 - ", "")),
    ("averaged over the batch", "With one sequence these deltas are right. With more, each sequence still has its own deltas: "
     "nothing is shared or averaged here.", ("return deltas", "return deltas / grad_output.shape[1]")),
    ("slope of the sigmoid", "This is the slope of another activation.",
     ("1 - states[t + 1] ** 2", "states[t + 1] * (1 - states[t + 1])")),
    ("slope of the wrong step", "This is the slope at the state before the step. `states` has h_0 in front.", ("t + 1", "t")),
    ("delta not handed back", "The last step is right. Each of the others takes only its own output into account.",
     ("deltas[t] @ weight_hh", "0.0")),
    ("handed back without the transpose", "The last step is right. Going back, a unit collects from every unit it fed: along "
     "a column, not a row.", ("@ weight_hh", "@ weight_hh.T")),
    ("handed back without the weights",
     "The last step is right. What goes back crosses the recurrent connections, and they carry weights.", (" @ weight_hh", "")),
    ("each unit hands back to itself alone", "The last step is right. Only the diagonal of the recurrent matrix is in "
     "what comes back.", ("@ weight_hh", "* np.diag(weight_hh)")),
    ("gradient of h handed back in place of delta", "The last step is right. To reach the state before, the gradient crosses "
     "the tanh of this step first.", ("deltas[t] @", "grad_h @")),
    ("what comes back added up over the steps", "The last two steps are right. A step gets its gradient from the next one "
     "alone, and that already contains everything later.", ("from_later = deltas", "from_later = from_later + deltas")),
    ("last output counted twice", "What comes back to the last step should be 0. Here the gradient of its own output is in it "
     "a second time.", ("from_later = 0.0", "from_later = grad_output[-1]")),
    ("slope applied twice", "The last step is right. What comes back has been multiplied by the same slope twice.",
     ("grad_output[t] + from_later", "grad_output[t] + slope * from_later"), ("deltas[t] @", "(slope * deltas[t]) @")),
    ("slope on one of the two parts only", "A state gets one part from its output and one from the next step. Both cross "
     "the tanh.", ("* grad_h", "* grad_output[t] + from_later"), ("slope * grad_h", "grad_output[t] + slope * from_later")),
    ("from the first step to the last", "The loop went forward in time. Here the first step knows only about itself, and the "
     "last about all of them.", ("reversed(range(len(grad_output)))", "range(len(grad_output))"), DIRECTION),
    ("deltas in reverse", "The deltas are right, but the last step's comes first: they are in the order in which "
     "you found them.", ("return deltas", "return deltas[::-1]"), DIRECTION),
    ("list of deltas aliased", "Every delta is that of step 1. You kept the same array for each step and then changed "
     "it in place.", ("return deltas", "return np.broadcast_to(deltas[0], deltas.shape)"), ALIASING),
    ("own output forgotten", "Every delta is 0. The gradient enters through grad_output, and no step has used it.",
     ("grad_output[t] + from_later", "from_later")),
    ("own output forgotten", "Only the last output's gradient has entered. Every step has an output of its own, and with it "
     "a part of the loss.", [("from_later = 0.0", "from_later = grad_output[-1]"), ("grad_output[t] + ", "")]),
    ("clipped by value", "Some numbers are cut off at a limit. Clipping belongs to the update, and the deltas are wanted "
     "as they are.", *(("return deltas", f"return np.clip(deltas, -{end}, {end})") for end in (1, 5)),
     *(("deltas[t] @ weight_hh", f"np.clip(deltas[t] @ weight_hh, -{end}, {end})") for end in (1, 5))),
    ("the first step left out", "delta_1 is still 0: the loop stopped one step before the beginning.",
     ("reversed(range(len(grad_output)))", "reversed(range(1, len(grad_output)))")),
    ("the last step left out", "The last delta is still 0, and the others miss what it hands back: the loop began one "
     "step too early.", ("reversed(range(len(grad_output)))", "reversed(range(len(grad_output) - 1))")),
    ("only the last delta found", "This is delta_1, the last one that the loop finds. Keep the others too.",
     ("return deltas", "return deltas[0]")))


def _terms(seed, seq_len, batch, input_size, hidden_size, loud=1):
    states, delta = draw(seed + 50, seq_len + 1, batch, hidden_size), draw(seed + 100, seq_len, batch, hidden_size)
    return draw(seed, seq_len, batch, input_size), states, loud * delta


@function_exercise(
    lambda: [_terms(0, 2, 1, 1, 2), _terms(1, 4, 3, 2, 3), _terms(2, 3, 3, 2, 2), _terms(3, 1, 2, 1, 1),
             _terms(4, 5, 2, 3, 4, loud=30)],
    shown="A shared weight collects a term from each step and each member of the batch. One product of two long arrays can do "
          "all of the adding.",
    hints=("Which number did W_ih multiply to make a_t, and which did W_hh? The biases were multiplied by 1.",
           "For one step of a batch, the term of W_hh is delta[t].T @ (the state before), which also adds up the batch. Then "
           "add up the steps."), what="gradient")
def weight_gradients(x, states, delta):
    """Return a dict with the gradients of weight_ih, weight_hh and bias_ih, given delta_t = dL/da_t of all steps: x is
    (seq_len, batch, input_size), states (seq_len + 1, batch, hidden_size), delta (seq_len, batch, hidden_size)."""
    weight_ih = np.zeros((delta.shape[2], x.shape[2]))
    weight_hh = np.zeros((delta.shape[2], delta.shape[2]))
    bias_ih = np.zeros(delta.shape[2])
    for t in range(len(x)):
        weight_ih += delta[t].T @ x[t]
        weight_hh += delta[t].T @ states[t]
        bias_ih += delta[t].sum(axis=0)
    return {"weight_ih": weight_ih, "weight_hh": weight_hh, "bias_ih": bias_ih}


BEGINNING = "    weight_ih = np.zeros("
BACKWARD = ("range(len(x))", "reversed(range(len(x)))")
ASSIGNED = (("weight_ih +=", "weight_ih ="), ("weight_hh +=", "weight_hh ="), ("bias_ih +=", "bias_ih ="))

weight_gradients.knows(
    ("overwritten, not summed", "Only the last step is in these gradients. It has overwritten the steps before.", [*ASSIGNED]),
    ("overwritten, not summed", "Only the first step is in these gradients, the last one that a backward loop gets to. It has "
     "overwritten the rest.", [*ASSIGNED, BACKWARD]),
    ("overwritten, not summed", "weight_hh holds the term of the last step alone, which has overwritten the steps before.",
     ASSIGNED[1]),
    ("overwritten, not summed", "weight_hh holds the term of the first step alone. In a backward loop it has "
     "overwritten the others.", [ASSIGNED[1], BACKWARD]),
    ("element-wise product in place of the outer product", "All rows of weight_hh are the same: delta_i was multiplied by h_i "
     "only, not by each h_j.", ("delta[t].T @ states[t]", "(delta[t] * states[t]).sum(axis=0)")),
    ("h_t in place of h_{t-1}", "Which state did W_hh multiply to make a_t? `states` has h_0 in front.",
     ("states[t]", "states[t + 1]")),
    ("h_0 at every step", "You used the first state for every term of the recurrent gradient.", ("states[t]", "states[0]")),
    ("transposed", "Rows and columns have changed places. Row i of a weight matrix leads to unit i, and so does row i of "
     "its gradient.", ('"weight_ih": weight_ih, "weight_hh": weight_hh', '"weight_ih": weight_ih.T, "weight_hh": weight_hh.T')),
    ("transposed", "Rows and columns of the recurrent gradient have changed places. Row i of a weight matrix leads to unit i.",
     ('"weight_hh": weight_hh', '"weight_hh": weight_hh.T')),
    ("transposed", "Rows and columns of weight_ih's gradient have changed places. Row i of a weight matrix leads to unit i.",
     ('"weight_ih": weight_ih', '"weight_ih": weight_ih.T')),
    ("averaged over the batch", "If the loss were a mean over the batch, delta would already contain that factor. The "
     "terms are added.", (BEGINNING, "    delta = delta / x.shape[1]\n" + BEGINNING)),
    ("averaged over the steps", "The uses of a shared weight are added over the steps, not averaged.",
     (BEGINNING, "    delta = delta / len(x)\n" + BEGINNING)),
    ("averaged over steps and batch", "The terms are added, over the steps and over the batch.",
     (BEGINNING, "    delta = delta / (len(x) * x.shape[1])\n" + BEGINNING)),
    ("bias gradient averaged over the batch", "The weights' gradients are right. The bias is added for each member of the "
     "batch, so each adds to its gradient.", ('"bias_ih": bias_ih', '"bias_ih": bias_ih / x.shape[1]')),
    ("bias gradient averaged over steps and batch", "The weights' gradients are right. Every step and every member of the "
     "batch uses the bias.", ('"bias_ih": bias_ih', '"bias_ih": delta.mean(axis=(0, 1))')),
    ("bias gradient not summed over the batch", "There is one bias for the whole batch, and you have a gradient for each "
     "member of it.", ('"bias_ih": bias_ih', '"bias_ih": delta.sum(axis=0)')),
    ("bias gradient not summed over the steps", "There is one bias for all steps, and you have a gradient for each step.",
     ('"bias_ih": bias_ih', '"bias_ih": delta.sum(axis=1)')),
    ("bias gradient overwritten", "The weights' gradients are right. The bias is shared over the steps too.",
     ASSIGNED[2], [ASSIGNED[2], BACKWARD]),
    ("first sequence of the batch only", "All sequences of the batch use the same weights, but only one of them "
     "is in these gradients.", (BEGINNING, "    x, states, delta = x[:, :1], states[:, :1], delta[:, :1]\n" + BEGINNING)),
    ("last sequence of the batch only", "All sequences of the batch use the same weights, but only one of them is "
     "in these gradients.", (BEGINNING, "    x, states, delta = x[:, -1:], states[:, -1:], delta[:, -1:]\n" + BEGINNING)),
    ("sequences of the batch mixed", "The deltas of one sequence have been multiplied by the inputs and states of the others. "
     "You added up each factor over the batch first.",
     [("delta[t].T @ x[t]", "np.outer(delta[t].sum(axis=0), x[t].sum(axis=0))"),
      ("delta[t].T @ states[t]", "np.outer(delta[t].sum(axis=0), states[t].sum(axis=0))")]),
    ("steps mixed", "The deltas of one step have been multiplied by the inputs and states of the others. You added up each "
     "factor over the steps first.", [('"weight_ih": weight_ih', '"weight_ih": delta.sum(axis=0).T @ x.sum(axis=0)'),
      ('"weight_hh": weight_hh', '"weight_hh": delta.sum(axis=0).T @ states[:-1].sum(axis=0)')]),
    ("clipped by value", "Some entries are cut off at a limit. Clipping belongs to the update, and the gradients are wanted "
     "as they are.", *([(f'"{name}": {name}', f'"{name}": np.clip({name}, -{end}, {end})')
                        for name in ("weight_ih", "weight_hh", "bias_ih")] for end in (1, 5))),
    ("the last step left out", "The loop ended one step too early.", ("range(len(x))", "range(len(x) - 1)")),
    ("the first step left out", "Step 1 is a step like the others, and it is missing here.", ("(len(x))", "(1, len(x))")))


def _limited(array, max_norm):
    """Return the array, shortened to max_norm if it is longer: what mistakes do in the wrong place."""
    return array * min(1.0, max_norm / max(np.linalg.norm(array), 1e-12))


@function_exercise(
    lambda: [(np.array([[1.0, -2.0], [2.0, 1.0]]), np.array([[0.5, 1.0], [-0.5, 1.0], [0.2, 0.3]]), 1.0),
             (draw(0, 4, 3), draw(1, 5, 3), 0.5), (0.1 * draw(2, 3, 2), draw(3, 4, 2), 1.0),
             (30 * draw(4, 5, 3), draw(5, 6, 3), 40.0), (30 * draw(6, 1, 1), draw(7, 2, 1), 3.0)],
    shown="First the sum over the steps, then one factor for the whole matrix. That limits its length and keeps its direction.",
    hints=("Without any clipping you want a matrix, the sum of the terms delta_t h_{t-1}^T. What is its length, "
           "over all entries?",
           "If the length is above max_norm, one factor brings it down to exactly max_norm. If not, nothing happens."),
    what="gradient")
def clipped_gradient(delta, states, max_norm):
    """Return the gradient of weight_hh of one sequence, clipped: the sum of the terms delta_t h_{t-1}^T, and if its length (the
    root of the sum of all squared entries) is above max_norm, shortened to max_norm without turning it. delta is (seq_len,
    hidden_size), states (seq_len + 1, hidden_size)."""
    gradient = np.zeros((delta.shape[1], delta.shape[1]))
    for t in range(len(delta)):
        gradient = gradient + np.outer(delta[t], states[t])
    length = np.sqrt(np.sum(gradient**2))
    if length > max_norm:
        gradient = gradient * (max_norm / length)
    return gradient


OUTER = "np.outer(delta[t], states[t])"
UNCLIPPED = ("if length > max_norm", "if False")
REVERSED = ("range(len(delta))", "reversed(range(len(delta)))")

clipped_gradient.knows(
    ("clipped before it is summed", "You clipped each step's term by itself. That turns the sum, and the sum can still "
     "be too long.", [(OUTER, f"_limited({OUTER}, max_norm)"), UNCLIPPED]),
    ("clipped before it is summed", "You clipped each step's term by itself, and then the sum once more. The first clipping "
     "already turned it.", (OUTER, f"_limited({OUTER}, max_norm)")),
    ("clipped before it is summed", "You clipped the running sum at every step, so the steps that you added last "
     "count for more.", (f"gradient + {OUTER}", f"_limited(gradient + {OUTER}, max_norm)"),
     [(f"gradient + {OUTER}", f"_limited(gradient + {OUTER}, max_norm)"), REVERSED]),
    ("delta clipped", "You clipped each delta, not the gradient.", [("delta[t]", "_limited(delta[t], max_norm)"), UNCLIPPED]),
    ("clipped by value", "You cut off each entry at max_norm by itself. That turns the gradient.",
     ("gradient * (max_norm / length)", "np.clip(gradient, -max_norm, max_norm)")),
    ("not clipped", "The sum is right, and longer than max_norm.", UNCLIPPED),
    ("short gradients lengthened", "A gradient that is short enough stays as it is.", ("if length > max_norm", "if True")),
    ("short ones changed, long ones left", "It's the other way round. Which gradients should be shortened?",
     ("length > max_norm", "length < max_norm")),
    ("factor upside down", "The long gradient got longer. Which way up does the factor have to be?",
     ("(max_norm / length)", "(length / max_norm)")),
    ("the last step left out", "The sum stops one step too early.", ("range(len(delta))", "range(len(delta) - 1)")),
    ("always divided by its length", "A long gradient comes out with length 1 here. Which length does the task ask for?",
     ("(max_norm / length)", "(1 / length)")),
    ("multiplied by max_norm, not divided by the length",
     "How much shorter the gradient becomes has to depend on how long it was.", ("(max_norm / length)", "max_norm")),
    ("root missing in the length", "The sum of the squares is not yet a length.",
     ("np.sqrt(np.sum(gradient**2))", "np.sum(gradient**2)")),
    ("mean of the squares in place of their sum",
     "This is the size of a typical entry. The length grows with the number of entries.", ("np.sum(", "np.mean(")),
    ("sum of absolute values taken for the length", "The length uses squares, like the length of an arrow.",
     ("np.sqrt(np.sum(gradient**2))", "np.abs(gradient).sum()")),
    ("largest entry taken for the length", "All entries together make the length.",
     ("np.sqrt(np.sum(gradient**2))", "np.abs(gradient).max()")),
    ("largest singular value taken for the length", "A matrix has several norms. This one says how far it can stretch a state.",
     ("np.sqrt(np.sum(gradient**2))", "np.linalg.norm(gradient, 2)")),
    ("each row clipped by itself", "One factor for the whole matrix keeps the direction. Here each row has its own.",
     [UNCLIPPED, ("return gradient", "return np.stack([_limited(row, max_norm) for row in gradient])")]),
    ("h_t in place of h_{t-1}", "Which state did W_hh multiply to make a_t? `states` has h_0 in front.",
     ("states[t]", "states[t + 1]")),
    ("transposed", "Rows and columns have changed places. Row i belongs to the unit that row i of W_hh leads to.",
     (OUTER, "np.outer(states[t], delta[t])")),
    ("overwritten, not summed", "Only the last step is in this gradient.", ("gradient + np", "np")),
    ("overwritten, not summed", "Only the first step is in this gradient, the last one that a backward loop gets to.",
     [("gradient + np", "np"), REVERSED]),
    ("averaged over the steps", "The terms of the steps are added, not averaged.",
     ("    length =", "    gradient = gradient / len(delta)\n    length =")))


def _to_cut(seed, seq_len, batch, input_size, hidden_size, window, loud=1):
    given = {"x": (seq_len, batch, input_size), "h_0": (batch, hidden_size), "target": (seq_len, batch, 1)}
    network = draw_cell(seed, input_size, hidden_size, **given)
    x, h_0, target = (network.pop(name) for name in given)
    output_layer = {"weight_ho": draw(seed + 100, 1, hidden_size), "bias_o": draw(seed + 200, 1)}
    return x, h_0, loud * target, network | output_layer, window


@function_exercise(
    lambda: [_to_cut(0, 4, 1, 1, 2, 2), _to_cut(1, 7, 2, 2, 3, 3), _to_cut(2, 5, 3, 1, 2, 2, loud=30),
             _to_cut(3, 3, 1, 2, 2, 1), _to_cut(4, 1, 2, 1, 1, 4)],
    shown="This is truncated backpropagation through time. The state crosses each border, the gradient does not, and h_0 gets "
          "its gradient from the first window alone.",
    hints=("One loop over range(0, len(x), window): forward through the window from the carried state, then back through it.",
           "forward, read_out, read_out_backward and backward do the work for one window. Add up weight_hh over the windows. "
           "For h_0, only the first window's gradient belongs to the h_0 that you were given."), what="gradient")
def truncated_gradients(x, h_0, target, parameters, window):
    """Return a dict with the gradients of weight_hh, added up over all windows, and of h_0, for the loss L = 1/2 sum (y_t -
    target_t)^2. The state is carried from window to window, the gradient stops at each border; the last window may be shorter.
    x is (seq_len, batch, input_size), `parameters` those of the network with output layer."""
    total, first, h = 0.0, None, h_0
    for start in range(0, len(x), window):
        end = min(start + window, len(x))
        states = forward(x[start:end], h, parameters)
        error = read_out(states[1:], parameters) - target[start:end]
        grad_output, _ = read_out_backward(states[1:], error, parameters)
        gradients = backward(x[start:end], states, grad_output, parameters)
        total = total + gradients["weight_hh"]
        if start == 0:
            first = gradients["h_0"]
        h = states[-1]
    return {"weight_hh": total, "h_0": first}


def in_one_loop(x, h_0, target, parameters, window):
    """Return the same as truncated_gradients, by one loop over all steps: another right answer, for mistakes to edit."""
    weight_hh = parameters["weight_hh"]
    states = forward(x, h_0, parameters)
    error = read_out(states[1:], parameters) - target
    total, from_later = np.zeros(weight_hh.shape), 0.0
    for t in reversed(range(len(x))):
        delta = (1 - states[t + 1] ** 2) * (error[t] @ parameters["weight_ho"] + from_later)
        total += delta.T @ states[t]
        from_later = delta @ weight_hh
        if t % window == 0 and t > 0:
            from_later = 0.0
    return {"weight_hh": total, "h_0": from_later}


truncated_gradients.knows(
    ("no cut", "This is the full gradient. Nothing stops at the borders of the windows.",
     [in_one_loop, ("t % window == 0", "False")]),
    ("cut at every step", "No error has gone back a single step. Inside a window, the gradient is handed back as always.",
     [in_one_loop, ("t % window == 0", "True")]),
    ("state reset at the border", "Each window started from zeros. Only the gradient should be cut there; the state goes on.",
     ("h = states[-1]", "h = np.zeros_like(h_0)")),
    ("h_0 given to every window", "Each window started from h_0 again. Which state should the second one continue from?",
     ("forward(x[start:end], h, ", "forward(x[start:end], h_0, ")),
    ("state carried from one step too early", "The next window started from the second-to-last state, so a step "
     "is missing between them.", ("h = states[-1]", "h = states[-2]")),
    ("windows overwritten, not summed", "The shared weights collect from all windows, but only the last one "
     "is in this gradient.", ("total + gradients", "gradients")),
    ("windows overwritten, not summed", "Both gradients are those of the last window alone, which has overwritten the others.",
     [("total + gradients", "gradients"), ("if start == 0", "if True")]),
    ("first window only", "The shared weights collect from all windows, but the loop ended after the first.",
     ("        h = states[-1]\n", "        break\n")),
    ("averaged over the windows", "The uses of a shared weight are added, over windows too.",
     ('"weight_hh": total', '"weight_hh": total / np.ceil(len(x) / window)')),
    ("short last window left out", "If the length is not a multiple of the window, the last steps are missing from the sum.",
     ("range(0, len(x), window)", "range(0, len(x) - window + 1, window)")),
    ("windows counted from the end", "The short window comes first here. Cut the windows from the beginning.",
     [in_one_loop, ("t % window", "(len(x) - t) % window")]),
    ("window one step too long", "Each window has one step too many. Python's slices leave their end out.",
     [in_one_loop, ("t % window", "t % (window + 1)")]),
    ("window one step too short", "Each window has one step too few. Python's slices already leave their end out.",
     [in_one_loop, ("t % window", "t % max(window - 1, 1)")]),
    ("h_0's gradient from the last window", "weight_hh is right. The last window begins with a carried state. Which window "
     "begins with h_0?", ("if start == 0", "if True")),
    ("h_0's gradient summed over the windows", "weight_hh is right. The windows share their weights, but not the state that "
     "they begin with.", [("0.0, None,", "0.0, 0.0,"), ("if start == 0", "if True"), ("first = grad", "first = first + grad")]),
    ("only the last step of each window has a loss", "All steps have a target. Here only one error per window is sent back.",
     ("        grad_output, _", "        error[:-1] = 0\n        grad_output, _")),
    ("factor 2 of the square", "All numbers are twice too large. What is the one half in the loss for?",
     ("error, param", "2 * error, param")),
    ("target left out of the error", "The gradient of the loss at y is the error y - target. Where does the target enter?",
     (" - target[start:end]", "")),
    ("sign of the error turned", "Every sign is the wrong way round.", ("error, param", "-error, param")),
    ("mean in place of the sum in the loss", "The loss is a sum. This is the gradient of a mean over the entries "
     "of each window.", ("error, param", "2 * error / error.size, param")),
    ("mean in place of the sum in the loss", "The loss is a sum. You divided this gradient by the number of entries "
     "of each window.", ("error, param", "error / error.size, param")),
    ("mean in place of the sum in the loss", "The loss is a sum. You divided this gradient by the number of all entries.",
     ("error, param", "error / target.size, param")),
    ("mean in place of the sum in the loss", "The loss is a sum, over the batch too. You took the mean over the sequences "
     "at each step.", ("error, param", "error / error.shape[1], param")),
    ("mean in place of the sum in the loss", "The loss is a sum over the steps. You divided it by the number of steps.",
     ("error, param", "error / len(x), param"), ("error, param", "error / len(error), param")),
    ("clipped by value", "Some entries are cut off at a limit. Clipping belongs to the update, and the gradients are wanted "
     "as they are.", *(('"weight_hh": total', f'"weight_hh": np.clip(total, -{end}, {end})') for end in (1, 5)),
     *([('"weight_hh": total', f'"weight_hh": np.clip(total, -{end}, {end})'),
       ('"h_0": first', f'"h_0": np.clip(first, -{end}, {end})')] for end in (1, 5))),
    ("slope missing", "Between h_t and a_t the gradient crosses the tanh.", [in_one_loop, ("(1 - states[t + 1] ** 2) * ", "")]),
    ("handed back without the transpose", "Going back, a unit collects from every unit it fed: along a column of W_hh, "
     "not a row.", [in_one_loop, ("delta @ weight_hh", "delta @ weight_hh.T")]),
    ("h_t in place of h_{t-1}", "Which state did W_hh multiply to make a_t? The states of a window begin with the one before "
     "its first step.", [in_one_loop, ("delta.T @ states[t]", "delta.T @ states[t + 1]")]),
    ("h_0's gradient stops at a_1", "weight_hh is right, but h_0's gradient is delta_1, which still has to go back from "
     "a_1 to h_0.", [in_one_loop, ('"h_0": from_later', '"h_0": delta')]))
