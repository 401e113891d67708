"""The exercises of notebook 10: gates by hand, a bias for a half-life, a fair size, the additive path, two gated cells."""

import numpy as np

from helpers.exercises.draws import ONE_DECIMAL, draw_cell
from helpers.exercises.engine import ALIASING, DIRECTION, function_exercise, prediction_exercise, value_exercise
from helpers.numpy_nets.rnn import sigmoid


@value_exercise(
    shown="The new cell is a sum of what was kept and what is new, and the old cell enters it with a single factor, "
          "its forget gate.",
    hints=("torch stacks the blocks as i, f, g, o. Three of the four are gates, and gates go through the sigmoid.",
           "c_t = f c_{t-1} + i g with g = tanh(...), and h_t = o tanh(c_t). Hold the gates fixed: what multiplies c_{t-1}?"))
def lstm_by_hand():
    """Work out the new cell c_t, the new state h_t, and the factor kept, to four decimals, and put them in place of the
    dots."""
    a_i, a_f, a_g, a_o = np.log([1 / 3, 4, 2, 7 / 3])
    i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
    g = np.tanh(a_g)
    c = 0.5
    c_t = f * c + i * g
    h_t = o * np.tanh(c_t)
    return {"c_t": c_t, "h_t": h_t, "kept": f}


ORDER, SUM, READ, KEPT = "a_i, a_f, a_g, a_o", "f * c + i * g", "o * np.tanh(c_t)", '"kept": f'

lstm_by_hand.knows(
    ("blocks in another order", "You swapped the last two blocks. In which order does torch stack them?",
     (ORDER, "a_i, a_f, a_o, a_g")),
    ("blocks in another order", "You swapped the roles of the first two blocks. In which order does torch stack them?",
     (ORDER, "a_f, a_i, a_g, a_o")),
    ("blocks in another order", "You took the first block for the forget gate and the last for the candidate. In which order "
     "does torch stack them?", (ORDER, "a_f, a_i, a_o, a_g")),
    ("blocks in another order", "You swapped the two blocks in the middle, as another library does. In which order does "
     "torch stack them?", (ORDER, "a_i, a_g, a_f, a_o")),
    ("sigmoid on the candidate", "The candidate isn't a gate. It may be negative, so it has another activation.",
     ("np.tanh(a_g)", "sigmoid(a_g)")),
    ("tanh on the gates", "A gate says which share passes, from 0 to 1. Its activation is not the one of the candidate.",
     ("sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)", "np.tanh([a_i, a_f, a_o])")),
    ("no activations", "These are the sums from the table. Each of the four goes through an activation first.",
     [("sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)", "a_i, a_f, a_o"), ("np.tanh(a_g)", "a_g")]),
    ("sign of the first sum lost", "One of the four sums is negative. Can its gate be more than half open, then?",
     (SUM, "f * c + (1 - i) * g")),
    ("old cell left out", "This is only what is new. Nothing of the previous cell is in it.", (SUM, "i * g")),
    ("tanh on the cell itself", "The cell is passed on as a plain sum. The tanh is only for the state.",
     (SUM, "np.tanh(f * c + i * g)"), [(SUM, "np.tanh(f * c + i * g)"), (READ, "o * c_t")]),
    ("forget gate left out", "The whole old cell is still there.", [(SUM, "c + i * g"), (KEPT, '"kept": 1.0')]),
    ("forget gate left out", "Your new cell still holds the whole old one, though the factor you give says otherwise.",
     (SUM, "c + i * g")),
    ("input gate left out", "You wrote the whole candidate into the cell.", (SUM, "f * c + g")),
    ("1 - f in place of the input gate",
     "An LSTM has a separate gate for writing. It need not be what the forget gate leaves free.", (SUM, "f * c + (1 - f) * g")),
    ("f turned round", "A forget gate near 1 should keep the cell. Yours throws it away.",
     [(SUM, "(1 - f) * c + i * g"), (KEPT, '"kept": 1 - f')]),
    ("f turned round", "A forget gate near 1 should keep the cell. In your new cell it throws it away.", ("f *", "(1 - f) *")),
    ("tanh of the cell left out", "The cell is right. The state is not simply the cell times a gate.", (READ, "o * c_t")),
    ("sigmoid of the cell in place of its tanh", "The cell is right. What the state shows of it keeps its sign.",
     (READ, "o * sigmoid(c_t)")),
    ("output gate inside the tanh", "The cell is right. The gate comes after the tanh.", (READ, "np.tanh(o * c_t)")),
    ("output gate left out", "The cell is right. Not all of it is shown to the rest of the network.", (READ, "np.tanh(c_t)")),
    ("state read from the cell before", "The cell is right. You read the state from the cell that the step started with.",
     (READ, "o * np.tanh(c)")),
    ("slope of the gate taken for its value", "The step is right. For the factor the gates are held fixed, so no "
     "sigmoid is differentiated.", (KEPT, '"kept": f * (1 - f)')),
    ("factor of the state in place of the cell", "The step is right. You give how h_t changes with the old cell, but c_t "
     "is asked for.", (KEPT, '"kept": f * o * (1 - np.tanh(c_t) ** 2)')),
    ("another gate taken for the factor", "The step is right. Which of the gates multiplies the old cell?",
     (KEPT, '"kept": i'), (KEPT, '"kept": o')),
    ("amount kept in place of the factor",
     "The step is right. You give how much of the old cell is kept. What was it multiplied by?", (KEPT, '"kept": f * c')),
    ("share of the old cell in the new one", "The step is right. You give which share of the new cell is old. Which share of "
     "the old cell is kept?", (KEPT, '"kept": f * c / c_t')))


@prediction_exercise(
    shown="The gate has to be 0.966, and the sigmoid needs a bias of 3.35 for that. With a bias near 0, torch's default, half "
          "of the cell is gone after a single step.",
    hints=("Without input each step multiplies the cell by f. Which f leaves one half after 20 steps?",
           "Solve f = 1 / (1 + exp(-b)) for b: it is the logarithm of a quotient."), rtol=0.03)
def predict_bias():
    """Put your prediction of the bias in place of the dots. The cell then measures it."""
    f = 0.5 ** (1 / 20)
    return np.log(f / (1 - f))


BIAS = "np.log(f / (1 - f))"

predict_bias.knows(
    ("gate in place of its bias",
     "A number near 1 is what the gate has to be. A bias of 1 only makes it 0.73. Which sum brings it so near 1?", (BIAS, "f")),
    ("logarithm of the gate alone", "The sigmoid is more than a power of e: it is 1 / (1 + exp(-b)). Which gate does "
     "your bias give?", (BIAS, "np.log(f)"), (BIAS, "-np.log(f)")),
    ("logarithm left out", "This is the quotient f / (1 - f). It equals e^b, not b.", (BIAS, "f / (1 - f)")),
    ("sign of the bias", "With this bias the gate is nearly shut: almost nothing is left after one step.",
     ("return ", "return -")),
    ("1/e in place of one half", "With this 1/e would be left after 20 steps. That's a time constant, not a half-life.",
     ("0.5 **", "np.exp(-1) **")),
    ("loss added up in place of multiplied", "Each step takes away a share of what is left, not of what there was at first.",
     ("0.5 ** (1 / 20)", "1 - 0.5 / 20")),
    ("one half at every step", "With this bias the gate is one half, so the half-life is a single step.", 0.0),
    ("tanh in place of the sigmoid", "This bias would do if the gate were a tanh.", (BIAS, "np.arctanh(f)")),
    ("logarithm to base 10", "The sigmoid is made of powers of e, but your logarithm has another base.", ("log", "log10")),
    ("logarithm to base 2", "The sigmoid is made of powers of e, but your logarithm has another base.", ("log", "log2")),
    ("half of the bias", "torch adds two biases per gate. The cell sets one of them and leaves the other at 0.",
     ("return", "return 0.5 *")))


@prediction_exercise(
    shown="A gated cell has 3 or 4 blocks as large as the whole plain cell, and a block grows with the square of the units. "
          "So at equal parameters it has 1/sqrt(3) or one half of the units.",
    hints=("One block has H (I + H + 2) parameters. How many blocks do a plain cell, a GRU and an LSTM have? A candidate "
           "is one too.",
           "The largest part is the number of blocks times H^2. Set it equal to 64^2 and solve for H."), rtol=0.05)
def predict_units():
    """Put your two predictions in place of the dots: the units of the GRU, and of the LSTM. The cell then builds them."""
    return _units(3), _units(4)


def _units(blocks):
    return max(size for size in range(1, 65) if blocks * size * (2 + size + 2) <= 64 * (2 + 64 + 2))


predict_units.knows(
    ("parameters taken to grow with the units",
     "Twice the units have more than twice the parameters, because each unit receives all the others.", (64 // 3, 64 // 4)),
    ("candidate left out of the count", "You counted only the gates. The candidate has weights too.", (_units(2), _units(3))),
    ("candidate left out of the count", "You counted only the gates of the GRU. Its candidate has weights too.",
     (_units(2), _units(4))),
    ("as many blocks in the LSTM as in the GRU", "The LSTM has one gate more than the GRU.", (_units(3), _units(3))),
    ("one block too many", "Count again what an LSTM computes from input and state. The cell itself is not among it.",
     (_units(3), _units(5))),
    ("one block too many", "Count again what each cell computes from input and state. What is passed on has no weights "
     "of its own.", (_units(4), _units(5))),
    ("the two swapped", "You have both numbers, in the other order. Which of the two cells has more gates?",
     (_units(4), _units(3))),
    ("as many units as the plain cell", "With as many units as the plain cell, a gated cell has several times the parameters.",
     (64, 64)),
    ("more units in place of fewer",
     "A gated cell needs more weights for each unit, so at equal parameters it has fewer units, not more.", (111, 128)),
    ("cell and state counted as units of their own",
     "An LSTM carries two vectors, but both belong to the same units. The cell has no weights of its own.", (_units(3), 16)))


def _forgetting(seed, seq_len, hidden_size, dtype=np.float64, loud=1.0):
    """Return forget gates that are all different in time, and a last gradient."""
    rng = np.random.default_rng(seed)
    forget = np.stack([rng.choice([0.2, 0.4, 0.5, 0.7, 0.8, 0.9], seq_len, replace=False) for _ in range(hidden_size)], axis=1)
    grad_c_n = rng.choice(ONE_DECIMAL, hidden_size, replace=False) if loud == 1 else loud * rng.normal(size=hidden_size)
    return forget.astype(dtype), grad_c_n.astype(dtype)


@function_exercise(
    lambda: [_forgetting(0, 2, 2), _forgetting(1, 3, 1), _forgetting(2, 4, 3), _forgetting(3, 3, 2, np.float32),
             _forgetting(4, 6, 5, loud=30), _forgetting(5, 1, 4, loud=30)],
    shown="There is no matrix and no slope on this path, only the forget gates, unit by unit. So the unit that forgets least "
          "carries the norm.",
    hints=("One step back, from c_t to c_{t-1}, component j of the gradient is multiplied by f_t of unit j.",
           "Start at the end: lag 0 is grad_c_n itself, lag 1 has the gates of the last step, lag 2 those of the last two."),
    what="gradient", over_time=True)
def additive_norms(forget, grad_c_n):
    """Return |dL/dc_{T-k}| for k = 0 ... T along the additive path alone, shape (seq_len + 1,). forget holds f_1 ... f_T, shape
    (seq_len, hidden_size); grad_c_n is dL/dc_T."""
    grads = [grad_c_n]
    for f_t in forget[::-1]:
        grads.append(grads[-1] * f_t)
    return np.linalg.norm(grads, axis=1)


FACTOR, NORM = " * f_t", "np.linalg.norm(grads, axis=1)"

additive_norms.knows(
    ("walked forward in time", "You used the gates of the first step first. Which gates does the gradient meet first?",
     ("forget[::-1]", "forget")),
    ("norms in the order of time", "These are the norms at c_0, c_1, ... The first one asked for is that of lag 0, at "
     "the last step.", (NORM, NORM + "[::-1]"), DIRECTION),
    ("lag 0 left out", "The first number asked for is that of lag 0, before any gate.", (NORM, NORM + "[1:]")),
    ("last lag left out", "The backward pass goes on to c_0, through the gates of the first step.", (NORM, NORM + "[:-1]")),
    ("gradient not handed on", "Each of your lags has the gates of one step. At lag 2 the gradient has been through two.",
     ("grads[-1] * f_t", "grad_c_n * f_t")),
    ("gates added up", "Factors that come one after the other are multiplied, by the chain rule.",
     [("grads[-1] * f_t", "f_t * grad_c_n"),
      (NORM, "np.linalg.norm(np.vstack([grad_c_n, np.cumsum(grads[1:], axis=0)]), axis=1)")], (FACTOR, " + f_t")),
    ("one gate for all units", "You averaged the gates over the units first. Each unit keeps a share of its own.",
     (FACTOR, " * f_t.mean()")),
    ("one gate for all units", "You multiplied the gates of all units with each other. Each unit meets only its own.",
     (FACTOR, " * f_t.prod()")),
    ("one gate for all units", "You used the largest gate of each step for all units. Each unit meets only its own.",
     (FACTOR, " * f_t.max()")),
    ("norms of the gates multiplied", "The norm of a product of components is not the product of the norms.",
     (FACTOR, " * np.linalg.norm(f_t)")),
    ("one gate for all steps", "You used the last step's gates at every step. They change from step to step.",
     (FACTOR, " * forget[-1]")),
    ("one gate for all steps", "You used the mean over all steps at every step. The gates change from step to step.",
     (FACTOR, " * forget.mean(axis=0)")),
    ("1 - f in place of f", "This is what would be left if an open gate threw everything away.", (FACTOR, " * (1 - f_t)")),
    ("slope of the gate taken for its value",
     "f (1 - f) is how the gate itself moves. On the additive path the gates are held fixed.", (FACTOR, " * f_t * (1 - f_t)")),
    ("sigmoid taken twice", "`forget` holds the gates. They have been through the sigmoid already.",
     (FACTOR, " * sigmoid(f_t)")),
    ("slope of a tanh on the path", "There is no tanh between one cell and the next.", (FACTOR, " * (1 - f_t**2)")),
    ("gradient left out", "This is the norm of the gates' products. They multiply a gradient, which is given.",
     ("[grad_c_n]", "[np.ones_like(grad_c_n)]")),
    ("share in place of the norm", "You start from 1, so this is the share of the norm that is left. The norm itself "
     "is asked for.", (NORM, NORM + " / np.linalg.norm(grad_c_n)")),
    ("largest entry taken for the norm", "The norm combines all units: the root of the sum of squares.",
     (NORM, "np.abs(grads).max(axis=1)")),
    ("squares of the norms", "The root is missing.", (NORM, NORM + " ** 2")),
    ("sum of absolute values in place of the norm", "You measured each vector's length another way than by the root of the "
     "sum of squares.", (NORM, "np.abs(grads).sum(axis=1)")),
    ("gradients in place of their norms", "These are the gradients themselves, one row per lag. Their norms are asked for.",
     (NORM, "np.array(grads)")),
    ("norm over the lags", "You have one number per unit. One per lag is asked for.", ("axis=1", "axis=0")),
    ("one norm for everything", "This is the norm of all lags together. Each lag has a norm of its own.", (", axis=1", "")))


def _packed(seed, batch, input_size, hidden_size, dtype=np.float64, loud=1.0):
    given = {"x_t": (batch, input_size), "h": (batch, hidden_size)}
    return draw_cell(seed, input_size, hidden_size, 3, dtype, loud, **given)


@function_exercise(
    lambda: [_packed(0, 1, 1, 1), _packed(1, 2, 1, 2), _packed(2, 3, 2, 2), _packed(3, 2, 3, 3),
             _packed(4, 2, 2, 3, np.float32), _packed(5, 6, 2, 4, loud=20), _packed(6, 4, 3, 4, loud=5)],
    shown="Two gates and a candidate: r says how much of the old state the candidate receives, z how much of it stays.",
    hints=("Compute all three blocks of both sums at once, (batch, 3 hidden_size) each, and cut them into r, z, n. Keep the "
           "candidate's two parts separate.",
           "r multiplies W_hn h + b_hn, with its bias, not h. Where z is 1, the old state stays."))
def gru_once(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """Write one step of torch's GRU for a batch: x_t is (batch, input_size), h (batch, hidden_size); the parameters have the
    three blocks r, z, n below each other, so weight_hh is (3 hidden_size, hidden_size). Return the new state, in the dtype of
    h."""
    x_r, x_z, x_n = np.split(x_t @ weight_ih.T + bias_ih, 3, axis=-1)
    w_r, w_z, w_n = np.split(weight_hh, 3)
    b_r, b_z, b_n = np.split(bias_hh, 3)
    r = sigmoid(x_r + h @ w_r.T + b_r)
    z = sigmoid(x_z + h @ w_z.T + b_z)
    n = np.tanh(x_n + r * (h @ w_n.T + b_n))
    return (1 - z) * n + z * h


def _in_order(names):
    """Return the edits that read the GRU's blocks in another order: which of r, z, n comes first, second, third."""
    return [tuple(", ".join(f"{part}_{name}" for name in order) for order in ("rzn", names)) for part in "xwb"]


CANDIDATE, MIX = "x_n + r * (h @ w_n.T + b_n)", "(1 - z) * n + z * h"
EARLY, WRITES = (CANDIDATE, "x_n + (r * h) @ w_n.T + b_n"), (MIX, "z * n + (1 - z) * h")

gru_once.knows(
    ("blocks in another order", "You swapped r and z, as another library does, so what should reset updates. In which order "
     "does torch stack them?", _in_order("zrn")),
    ("blocks in another order", "The candidate uses another block's rows. In which order does torch stack them?",
     _in_order("rnz"), _in_order("nrz"), _in_order("nzr"), _in_order("znr")),
    ("rows of the blocks interleaved", "You dealt the rows out in turn, one to each block. The rows of a block are adjacent.",
     [("np.split(x_t @ weight_ih.T + bias_ih, 3, axis=-1)",
       "np.moveaxis((x_t @ weight_ih.T + bias_ih).reshape(len(x_t), -1, 3), -1, 0)"),
      ("np.split(weight_hh, 3)", "weight_hh.reshape(-1, 3, h.shape[1]).swapaxes(0, 1)"),
      ("np.split(bias_hh, 3)", "bias_hh.reshape(-1, 3).T")]),
    ("reset before the product",
     "Your r multiplies the state before the matrix does. The first papers have this form, but torch has another.", EARLY),
    ("update gate the other way round", "Where your z is near 1, you write the state anew. In torch's form z says what stays.",
     WRITES),
    ("the papers' form", "This is the GRU of many papers and tutorials. torch differs from it in two places: where r enters, "
     "and what z means.", [EARLY, WRITES]),
    ("bias outside of the reset", "Your r multiplies only the product. In torch's form the bracket holds one thing more.",
     (CANDIDATE, "x_n + r * (h @ w_n.T) + b_n")),
    ("reset of the input too", "Your r multiplies everything the candidate receives. The new input isn't reset.",
     (CANDIDATE, "r * (x_n + h @ w_n.T + b_n)")),
    ("reset of the input in place of the state", "Your r multiplies the input's part. It's the past that is reset.",
     (CANDIDATE, "r * x_n + h @ w_n.T + b_n")),
    ("reset gate left out", "Your candidate receives the whole state: r does nothing.", (CANDIDATE, "x_n + h @ w_n.T + b_n")),
    ("reset gate turned round", "Where your r is near 1, the candidate receives nothing of the past. torch's "
     "r lets it through.", (CANDIDATE, "x_n + (1 - r) * (h @ w_n.T + b_n)")),
    ("one gate used for both", "Your r also decides about the old state. That's what the other gate is for.",
     (MIX, "(1 - r) * n + r * h")),
    ("one gate used for both", "Your gate that updates also resets. That's what the other gate is for.", ("+ r * ", "+ z * ")),
    ("candidate blind to the state", "Your candidate receives only the input.", (CANDIDATE, "x_n")),
    ("update gate left out", "This is the candidate. Nothing of the old state is kept as it was.", (MIX, "n")),
    ("old state left out", "A share of the candidate is all there is. Where is what stays?", (" + z * h", ""), (MIX, "z * n")),
    ("tanh on the new state", "You put the mixture through a tanh once more. What stays should stay as it was.",
     (MIX, "np.tanh((1 - z) * n + z * h)")),
    ("the two shares do not make one whole", "You added the whole candidate to a part of the old state.", (MIX, "n + z * h")),
    ("the two shares do not make one whole", "You kept the whole old state and added a part of the candidate.", ("+ z *", "+")),
    ("the two shares do not make one whole", "You multiplied both by the same share.", (MIX, "z * n + z * h")),
    ("reset state kept", "You also multiplied what stays by r. The reset concerns only the candidate.", ("n + z", "n + z * r")),
    ("sigmoid on the candidate", "The candidate isn't a gate. It may be negative, so it has another activation.",
     ("np.tanh", "sigmoid")),
    ("no activation on the candidate", "Your candidate is a plain sum. Something should keep it between -1 and 1.",
     ("np.tanh", "")),
    ("tanh on the gates", "A gate says which share passes, from 0 to 1. Its activation is not the one of the candidate.",
     [("sigmoid(x_r", "np.tanh(x_r"), ("sigmoid(x_z", "np.tanh(x_z")]),
    ("no activation on the gates", "Your gates are plain sums. A gate says which share passes, from 0 to 1.",
     [("sigmoid(x_r", "(x_r"), ("sigmoid(x_z", "(x_z")]),
    ("no activation on the gates", "One of your gates is a plain sum. A gate says which share passes, from 0 to 1.",
     ("sigmoid(x_r", "(x_r"), ("sigmoid(x_z", "(x_z")),
    ("gates blind to the state", "Your r and z receive only the input.", [(" + h @ w_r.T", ""), (" + h @ w_z.T", "")]),
    ("gates blind to the state", "One of your gates receives only the input.", (" + h @ w_r.T", ""), (" + h @ w_z.T", "")),
    ("input left out", "Your candidate doesn't receive the input.", ("x_n + r", "r")),
    ("input left out", "One of your gates doesn't receive the input.", ("x_r + h", "h"), ("x_z + h", "h")),
    ("candidate left out", "A share of the old state is all there is. Where is what is new?", (MIX, "z * h")),
    ("bias added twice", "One of the biases is in these numbers twice, and the other not at all.",
     ("np.split(bias_hh, 3)", "np.split(bias_ih, 3)"), ("weight_ih.T + bias_ih", "weight_ih.T + bias_hh")),
    ("gates without the recurrent bias", "Your candidate has both biases, but r and z have only one of the two.",
     [(" + b_r)", ")"), (" + b_z)", ")")]),
    ("one bias too few", "Each block has two biases, and bias_hh isn't in these numbers.",
     [(" + b_r)", ")"), (" + b_z)", ")"), (" + b_n)", ")")]),
    ("one bias too few", "Each block has two biases, and bias_ih isn't in these numbers.", (" + bias_ih", "")),
    ("one bias too few", "Each block has two biases, and the candidate's second one isn't in these numbers.", (" + b_n)", ")")),
    ("one bias too few", "Each block has two biases, and the second one of a gate isn't in these numbers.",
     (" + b_r)", ")"), (" + b_z)", ")")),
    ("biases left out", "No bias is in these numbers.", [(" + bias_ih", ""), (" + b_r", ""), (" + b_z", ""), (" + b_n", "")]),
    ("both biases inside the reset", "You added the two biases before they reached the candidate. In a GRU that's "
     "not the same.", [(" + bias_ih", ""), ("np.split(bias_hh, 3)", "np.split(bias_ih + bias_hh, 3)")]),
    ("weight transposed", "Each block of weight_hh is a matrix whose rows lead to the units. You turned them into columns.",
     [("w_r.T", "w_r"), ("w_z.T", "w_z"), ("w_n.T", "w_n")]),
    ("weight transposed", "The candidate's block of weight_hh has rows that lead to the units. You turned them into columns.",
     ("w_n.T", "w_n")),
    ("weight transposed", "A gate's block of weight_hh has rows that lead to the units. You turned them into columns.",
     ("w_r.T", "w_r"), ("w_z.T", "w_z")))


@function_exercise(
    lambda: [_packed_steps(10, 2, 1, 1, 1), _packed_steps(11, 3, 3, 2, 2), _packed_steps(12, 4, 2, 1, 2),
             _packed_steps(13, 3, 4, 2, 3), _packed_steps(14, 3, 2, 1, 2, np.float32),
             _packed_steps(15, 5, 4, 2, 4, loud=20), _packed_steps(16, 1, 3, 2, 2, loud=5)],
    shown="One gate fewer: what isn't kept is free for what is new. This is a leaky cell whose leak depends on the input and "
          "the state, followed by an output gate.",
    hints=("Two lists, one of states and one of cells. In each pass the three sums receive x[t] and the last state; no matrix "
           "ever multiplies the cell.",
           "c_t = f c_{t-1} + (1 - f) g, then h_t = o tanh(c_t) with the new cell. Append both to their lists and "
           "pass both on."), over_time=True)
def coupled_cells(x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh):
    """Write the loop of the LSTM with coupled gates; the parameters have the blocks f, g, o below each other. Return two arrays
    (seq_len + 1, batch, hidden_size) in the dtype of x: the states with h_0 first, and the cells with c_0 first."""
    h, c, states, cells = h_0, c_0, [h_0], [c_0]
    for x_t in x:
        a = x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh
        f, g, o = np.split(a, 3, axis=-1)
        f, g, o = sigmoid(f), np.tanh(g), sigmoid(o)
        c = f * c + (1 - f) * g
        h = o * np.tanh(c)
        states.append(h)
        cells.append(c)
    return np.stack(states), np.stack(cells)


def _packed_steps(seed, seq_len, batch, input_size, hidden_size, dtype=np.float64, loud=1.0):
    given = {"x": (seq_len, batch, input_size), "h_0": (batch, hidden_size), "c_0": (batch, hidden_size)}
    return draw_cell(seed, input_size, hidden_size, 3, dtype, loud, **given)


FIRST, BLOCKS, CELL = "h_0, c_0, [h_0], [c_0]", "f, g, o = np.split", "f * c + (1 - f) * g"
STATE, RETURNED = "o * np.tanh(c)", "np.stack(states), np.stack(cells)"

coupled_cells.knows(
    ("f and 1 - f swapped", "You write anew what should be kept, and keep what should be new.", (CELL, "(1 - f) * c + f * g")),
    ("candidate written whole", "The shares of the two parts of the new cell don't add up to 1.", (CELL, "f * c + g")),
    ("old cell kept whole", "The whole old cell is still there, with a part of the candidate added.", ("f * c + ", "c + ")),
    ("both parts with f", "You multiplied old cell and candidate by the same share.", (CELL, "f * c + f * g")),
    ("state kept in place of the cell",
     "Your f multiplies the last state. What is kept is the cell, from before the output gate.", (CELL, "f * h + (1 - f) * g")),
    ("output gate used for writing", "You multiplied the candidate by o. Which share is free for what is new?",
     (CELL, "f * c + o * g")),
    ("blocks in another order", "g and o use each other's rows. In which order are the blocks here?",
     (BLOCKS, "f, o, g = np.split")),
    ("blocks in another order", "f and g use each other's rows. In which order are the blocks here?",
     (BLOCKS, "g, f, o = np.split")),
    ("blocks in another order", "f and o use each other's rows. In which order are the blocks here?",
     (BLOCKS, "o, g, f = np.split")),
    ("blocks in another order", "No block uses its own rows. In which order are the blocks here?",
     (BLOCKS, "o, f, g = np.split"), (BLOCKS, "g, o, f = np.split")),
    ("candidate left out", "The cell only shrinks. Nothing new is written into it.", (CELL, "f * c")),
    ("old cell left out", "This is only what is new. Nothing of the previous cell is in it.", (CELL, "(1 - f) * g")),
    ("tanh of the cell left out", "The first cell is right. The state is not simply the cell times a gate.", (STATE, "o * c")),
    ("tanh on the cell itself", "The cell is passed on as a plain sum. The tanh is only for the state.",
     (CELL, f"np.tanh({CELL})"), [(CELL, f"np.tanh({CELL})"), (STATE, "o * c")]),
    ("tanh on the cell itself", "You pass on the right cells, but you return their tanh.", ("append(c)", "append(np.tanh(c))")),
    ("sigmoid of the cell in place of its tanh", "The first cell is right. What the state shows of it keeps its sign.",
     (STATE, "o * sigmoid(c)")),
    ("cell in place of the state", "Your state is the cell. The rest of the network sees it through a gate.", (STATE, "c")),
    ("output gate turned round", "The first cell is right. Where o is near 1, the cell is shown; yours hides it then.",
     (STATE, "(1 - o) * np.tanh(c)")),
    ("output gate inside the tanh", "The first cell is right. The gate comes after the tanh.", (STATE, "np.tanh(o * c)")),
    ("output gate left out", "The first cell is right. Not all of it is shown to the rest of the network.", ("o * np.", "np.")),
    ("state read from the cell before", "The first cell is right. You read the state from the cell that the step started with.",
     [("c = " + CELL, "old, c = c, " + CELL), (STATE, "o * np.tanh(old)")]),
    ("sums computed from the cell", "Your gates and candidate receive the cell. What should they receive from the step before?",
     ("h @ weight_hh", "c @ weight_hh")),
    ("sums computed from the input alone", "Nothing of the step before reaches your gates and candidate.",
     (" + h @ weight_hh.T", "")),
    ("cell not handed on", "Each step keeps a part of c_0. What one step writes, the next should find.", ("f * c", "f * c_0")),
    ("state not handed on", "Your sums receive h_0 at every step.", ("h @ weight_hh", "h_0 @ weight_hh")),
    ("nothing handed on", "Every step starts from h_0 and c_0, so no step knows of the one before.",
     [(CELL, "f * c_0 + (1 - f) * g"), ("h @ weight_hh", "h_0 @ weight_hh")]),
    ("sigmoid on the candidate", "The candidate isn't a gate. It may be negative, so it has another activation.",
     ("np.tanh(g)", "sigmoid(g)")),
    ("no activation on the candidate", "Your candidate is a plain sum.", ("np.tanh(g)", "g")),
    ("tanh on the gates", "A gate says which share passes, from 0 to 1. Its activation is not the one of the candidate.",
     [("sigmoid(f)", "np.tanh(f)"), ("sigmoid(o)", "np.tanh(o)")]),
    ("no activation on the gates", "One of your gates is a plain sum. A gate says which share passes, from 0 to 1.",
     ("sigmoid(f)", "f"), ("sigmoid(o)", "o")),
    ("input left out", "Your sums receive the last state, but not the input.", ("x_t @ weight_ih.T + ", "")),
    ("h_0 and c_0 swapped", "Your first step takes the one for the other.", (FIRST, "c_0, h_0, [c_0], [h_0]")),
    ("h_0 and c_0 swapped", "Your first step takes the one for the other, though both lists begin with the right one.",
     (FIRST, "c_0, h_0, [h_0], [c_0]")),
    ("first state or cell taken for zero", "The cell before the first step is given, and it isn't 0.",
     (FIRST, "h_0, 0 * c_0, [h_0], [0 * c_0]")),
    ("first state or cell taken for zero", "The state before the first step is given, and it isn't 0.",
     (FIRST, "0 * h_0, c_0, [0 * h_0], [c_0]")),
    ("first state or cell taken for zero", "State and cell before the first step are given, and they aren't 0.",
     (FIRST, "0 * h_0, 0 * c_0, [0 * h_0], [0 * c_0]")),
    ("weight transposed", "Each block of weight_hh is a matrix whose rows lead to the units. You turned them into columns.",
     ("h @ weight_hh.T", "np.hstack([h @ block for block in np.split(weight_hh, 3)])")),
    ("one bias too few", "Each block has two biases, and bias_hh isn't in these numbers.", (" + bias_hh", "")),
    ("one bias too few", "Each block has two biases, and bias_ih isn't in these numbers.", (" + bias_ih", "")),
    ("biases left out", "No bias is in these numbers.", [(" + bias_ih", ""), (" + bias_hh", "")]),
    ("bias added twice", "One of the biases is in these numbers twice, and the other not at all.",
     ("+ bias_hh", "+ bias_ih"), ("+ bias_ih", "+ bias_hh")),
    ("first or last step left out", "You have too few entries. Each input makes one new state and one new cell.",
     ("in x:", "in x[1:]:"), ("in x:", "in x[:-1]:")),
    ("loop over the batch in place of time",
     "Your loop passes state and cell from one sequence to the next. Which axis is time?", ("in x:", "in x.swapaxes(0, 1):")),
    ("read from the end", "Your loop goes through the inputs from the last to the first.", ("in x:", "in x[::-1]:"), DIRECTION),
    ("lists aliased", "Every entry is that of the last step: your lists hold one array many times, changed in place.",
     (RETURNED, "np.stack([h] * len(states)), np.stack([c] * len(cells))"), ALIASING),
    ("lists aliased", "Every cell is that of the last step: your list holds one array many times, changed in place.",
     (RETURNED, "np.stack(states), np.stack([c] * len(cells))"), ALIASING),
    ("first state and cell not in front", "You have one entry per step. What was there before the first step is asked for too.",
     (RETURNED, "np.stack(states[1:]), np.stack(cells[1:])")),
    ("the two results swapped", "You have both arrays, in the other order.", (RETURNED, "np.stack(cells), np.stack(states)")),
    ("states alone", "The states are right. The cells are asked for too.", (RETURNED, "np.stack(states)")),
    ("last state and cell alone", "These are the last state and the last cell. You didn't keep those before them.",
     (RETURNED, "h, c")))
