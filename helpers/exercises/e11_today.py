"""The exercises of notebook 11: pairs by hand, rounds, a half-life, a scan with a start, its gradient, causal attention."""

import numpy as np

from helpers.exercises.draws import ONE_DECIMAL
from helpers.exercises.engine import DIRECTION, function_exercise, prediction_exercise, value_exercise
from helpers.numpy_nets.linear import count_combinations


@value_exercise(
    shown="One multiplication and one addition now do the work of four steps, from any start. That's all a scan needs.",
    hints=("Write out h_2 in terms of h_0. What multiplies h_0, and what is added?",
           "Combine steps 1 and 2, then steps 3 and 4, then the two results: (a, b) then (a', b') is (a' a, a' b + b')."))
def pairs_by_hand():
    """Work out the pair (a, b) that stands for all four steps, and the state h_4, and put them in place of the dots."""
    def combine(first, then):
        return then[0] * first[0], then[0] * first[1] + then[1]

    h_0 = 6.0
    early = combine((0.5, 2.0), (3.0, -1.0))
    late = combine((-1.0, 3.0), (0.5, 4.0))
    a, b = combine(early, late)
    return {"a": a, "b": b, "h_4": a * h_0 + b}


MERGE, LAST = "then[0] * first[0], then[0] * first[1] + then[1]", '"h_4": a * h_0 + b'

pairs_by_hand.knows(
    ("the two steps swapped", "You let the later step act first. Which of the two b passes through the other step's a?",
     (MERGE, "then[0] * first[0], first[0] * then[1] + first[1]")),
    ("halves in the wrong order", "Each half is right. But the late half acts on what the early half leaves.",
     ("combine(early, late)", "combine(late, early)")),
    ("factors added", "Two factors in a row multiply the state one after the other.", ("[0] * first[0], ", "[0] + first[0], ")),
    ("early b not multiplied", "What an early step adds is part of the state, so the later factors multiply it too.",
     (MERGE, "then[0] * first[0], first[1] + then[1]")),
    ("late b left out", "The later step adds something of its own.", (MERGE, "then[0] * first[0], then[0] * first[1]")),
    ("early b left out", "What the early steps added doesn't disappear.", (MERGE, "then[0] * first[0], then[1]")),
    ("start left out", "The pair is right. The state also holds what is left of h_0.", (LAST, '"h_4": b')),
    ("start not multiplied", "The pair is right. The four factors multiply the start as well.", (LAST, '"h_4": h_0 + b')),
    ("a and b swapped", "Those are the two numbers, in the other order. Which of them multiplies the state?",
     (LAST, '"h_4": b * h_0 + a')),
    ("a and b swapped", "The state is right. Your two numbers are in the other order.", ('{"a": a, "b": b', '{"a": b, "b": a')),
    ("only two of the four steps", "This pair stands for the first two steps alone.", ("combine(early, late)", "early")),
    ("only two of the four steps", "This pair stands for the last two steps alone.", ("combine(early, late)", "late")))


@prediction_exercise(
    shown="Ten rounds in place of 999, and nine times the loop's combinations. Doubling buys rounds with work.",
    hints=("After r rounds a step has looked back over 2^r steps. How many rounds until that covers 1,000?",
           "In the round with reach r, the first r steps have nothing in front of them. All the others make "
           "one combination each."), rtol=0.04)
def predict_doubling():
    """Put your two predictions for the doubling scan in place of the dots: its rounds, and its combinations in all rounds
    together. The cell then counts both."""
    counts = count_combinations("doubling", 1000)
    return len(counts), sum(counts)


predict_doubling.knows(
    ("every step in every round", "You let every step combine in every round. The first steps of the sequence soon have "
     "nothing left in front of them.", (10, 10 * 1000)),
    ("the loop", "That's the loop. Doubling makes many combinations in one round.", (999, 999)),
    ("the loop's work", "The rounds are right. But nearly every step makes a combination in each of them.",
     (10, 999), (10, 1000)),
    ("rounded down", "After nine rounds the last step has looked back over 512 steps. Is that enough?",
     ("len(counts), sum(counts)", "9, sum(counts[:9])"), ("len(counts)", "9"), (9, 9 * 1000)),
    ("natural logarithm", "The reach doubles, so count with the logarithm to base 2.",
     (np.log(1000), 1000 * np.log(1000)), (7, 7000)),
    ("the other scan", "That's the up-sweep and down-sweep: more rounds, less work.", ('"doubling"', '"tree"')),
    ("half of the work", "Only the tree halves its combinations from round to round. Here most steps go on combining.",
     (10, 1000 * (1 - 0.5**10) / 2), (10, 5000)),
    ("the two swapped", "You have both numbers, in the other order.", ("len(counts), sum", "sum(counts), len")),
    ("work for each pair of steps", "You paired every step with every earlier one. That's attention, not a scan.",
     (10, 1000 * 999 / 2), (10, 1000 * 1000)))


@prediction_exercise(
    shown="|lambda| has to be 0.9931, so the number that is trained is about -5. A step of 0.1 in it moves the half-life by "
          "a tenth, whatever the half-life is. That's why the LRU trains a logarithm.",
    hints=("After 100 steps |lambda|^100 is left. Which |lambda| makes that one half?",
           "|lambda| = exp(-exp(nu_log)), so |lambda|^100 = exp(-100 exp(nu_log)). Set it equal to 1/2."), rtol=0.01)
def predict_nu_log():
    """Put your prediction of nu_log in place of the dots. The cell then measures it."""
    return np.log(-np.log(0.5) / 100)


predict_nu_log.knows(
    ("lambda in place of its parameter", "That's |lambda| itself. Which nu_log gives this |lambda|?", 0.5 ** (1 / 100)),
    ("one logarithm too few", "You undid one of the two exponentials.", np.log(0.5) / 100, -np.log(0.5) / 100),
    ("sign of the parameter", "With this nu_log the state is gone after a single step.", -np.log(-np.log(0.5) / 100)),
    ("1/e in place of one half", "With this, 1/e would be left after 100 steps. That's a time constant, not a half-life.",
     np.log(1 / 100)),
    ("loss added up in place of multiplied", "Each step takes a share of what is left, not of what there was at first.",
     np.log(-np.log(1 - 0.5 / 100))),
    ("one half at every step", "With this nu_log half of the state is left after one step.", np.log(-np.log(0.5))),
    ("another base", "The parametrization is made of powers of e, but your outer logarithm has another base.",
     np.log10(-np.log(0.5) / 100), np.log2(-np.log(0.5) / 100)),
    ("square left over", "You took the half-life of |lambda|^2, as the initialization draws it. The state itself is meant.",
     np.log(-np.log(0.5) / 200), np.log(-np.log(0.5) / 50)))


def _recurrence(seed, seq_len, channels, start=True, dtype=np.float64, loud=1.0):
    """Return factors, what is added (or a gradient), and a start."""
    rng = np.random.default_rng(seed)
    a, *others = (rng.choice(ONE_DECIMAL, shape) for shape in [(seq_len, channels)] * 2 + [channels] * start)
    if loud != 1:
        others = [loud * rng.normal(size=other.shape) for other in others]
        a = a * rng.uniform(0.8, 1.3, a.shape)
    return [array.astype(dtype) for array in (a, *others)]


@function_exercise(
    lambda: [_recurrence(0, 2, 1), _recurrence(1, 3, 2), _recurrence(2, 4, 3), _recurrence(3, 3, 2, dtype=np.float32),
             _recurrence(4, 7, 4, loud=30), _recurrence(5, 1, 3, loud=30), _recurrence(6, 5, 5, loud=9)],
    shown="A start is one more step in front of all others. So every scan of this notebook can carry a state on from one piece "
          "of a long text to the next.",
    hints=("The first state is a_1 h_0 + b_1. After that nothing is new.",
           "You can change one number and use a scan as it is: put a_1 h_0 + b_1 in place of b_1, in a copy."), over_time=True)
def scan_from(a, b, h_0):
    """Return h_1 ... h_T of h_t = a_t * h_{t-1} + b_t with the given h_0. a and b hold a_1 ... a_T and b_1 ... b_T, shape
    (seq_len, channels), h_0 has the shape (channels,). The result has the shape and dtype of b, and b stays as it is."""
    h = np.empty_like(b)
    before = h_0
    for t in range(len(b)):
        before = a[t] * before + b[t]
        h[t] = before
    return h


def doubling(a, b, h_0):
    a, h, reach = a.copy(), b.copy(), 1
    h[0] += a[0] * h_0
    while reach < len(h):
        h[reach:] += a[reach:] * h[:-reach]
        a[reach:] *= a[:-reach]
        reach *= 2
    return h


STEP, RESULT = "a[t] * before + b[t]", "return h"
JOIN, FACTORS = "h[reach:] += a[reach:] * h[:-reach]", "a[reach:] *= a[:-reach]"

scan_from.knows(
    ("start left out", "This is the scan from zero. What is left of h_0 belongs to every state.", ("= h_0", "= 0 * h_0")),
    ("start not multiplied", "You add h_0 to the first step as it is. The first factor multiplies it.",
     (STEP, "(a[t] if t else 1) * before + b[t]")),
    ("start added to every state", "You add all of h_0 to every state. Its share changes with each factor.",
     [("before = h_0", "before = 0 * h_0"), (RESULT, "return h + h_0")]),
    ("start in place of the first state", "Your first state is h_0 itself. The first one asked for is h_1.",
     (STEP, "a[t] * before + b[t] if t else h_0")),
    ("start in front", "You return h_0 as well. The first one asked for is h_1.", (RESULT, "return np.vstack([h_0[None], h])")),
    ("states one step late", "These are h_0 ... h_{T-1}. The states after each step are asked for.",
     ("before = a[t] * before + b[t]\n        h[t] = before", "h[t] = before\n        before = a[t] * before + b[t]")),
    ("state not handed on", "Every step of yours starts from h_0. It has to start from the state before it.",
     (STEP, "a[t] * h_0 + b[t]")),
    ("factor on the input as well", "You multiply the sum. The factor belongs to the old state alone.",
     (STEP, "a[t] * (before + b[t])")),
    ("factor of the step before", "You use the factor of the step before.", (STEP, "a[t - 1] * before + b[t]")),
    ("what is kept is taken from the input", "You weight b with 1 - a, as a leaky cell or a GRU does. Here b is added "
     "as it is.", (STEP, "a[t] * before + (1 - a[t]) * b[t]")),
    ("factor left out", "You only add up. Each step multiplies the old state as well.", (STEP, "before + b[t]")),
    ("input left out", "You only multiply. Each step adds its b as well.", (STEP, "a[t] * before")),
    ("a and b swapped", "You multiply by b and add a.", (STEP, "b[t] * before + a[t]")),
    ("tanh in the loop", "There is no tanh here. With one, the steps could not be combined.",
     (STEP, "np.tanh(a[t] * before + b[t])")),
    ("read from the end", "You started with the last step.", ("range(len(b))", "reversed(range(len(b)))"), DIRECTION),
    ("steps not connected", "Only your first step looks at a state. The others add nothing but their own b.",
     (STEP, "a[t] * before + b[t] if t == 0 else b[t]")),
    ("factors not combined", "Your scan joins the states but not the factors. After a round, a pair's factor stands for "
     "all its steps.", [doubling, (FACTORS, "pass")]),
    ("factors combined too early",
     "Your scan joins the factors before the states. But the states of a round still need the old factors.",
     [doubling, (JOIN, FACTORS), ("        " + FACTORS + "\n        reach", "        " + JOIN + "\n        reach")]),
    ("reach not doubled", "Your scan looks one step further per round. After a round, each pair already stands for twice "
     "as many steps.", [doubling, ("reach *= 2", "reach += 1")]),
    ("last round left out", "Your scan stops one round early, so the late steps haven't looked back to the first one.",
     [doubling, ("while reach < len(h)", "while 2 * reach < len(h)")]),
    ("last state alone", "You return h_T alone. All states are asked for.", (RESULT, "return before")),
    ("loop over the channels", "Your loop runs over the channels. The first axis is time.",
     [("range(len(b))", "range(b.shape[1])"), (STEP, "a[:, t] * before + b[:, t]"),
      ("h[t] = before", "h[:, t] = before"), ("before = h_0", "before = np.resize(h_0, len(b))")]))


@function_exercise(
    lambda: [_recurrence(0, 2, 1, False), _recurrence(1, 3, 2, False), _recurrence(2, 5, 3, False),
             _recurrence(3, 4, 2, False, np.float32), _recurrence(4, 8, 4, False, loud=30),
             _recurrence(5, 1, 3, False, loud=30)],
    shown="The backward pass has the form of the forward pass, from the last step to the first and with each factor one step "
          "earlier. So a scan runs it too, in as few rounds.",
    hints=("h_t enters the loss twice: directly, and through h_{t+1} = a_{t+1} h_t + b_{t+1}.",
           "Start at the end, where nothing follows: the gradient of h_T is grad_h[-1]. Then go back, step by step."),
    what="gradient", over_time=True)
def scan_gradient(a, grad_h):
    """In h_t = a_t * h_{t-1} + b_t the loss depends on every h_t directly, and grad_h holds these direct parts for t = 1 ... T,
    shape (seq_len, channels). Return dL/db_t for all t, in the same shape and dtype."""
    grad_b = np.empty_like(grad_h)
    later = np.zeros_like(grad_h[0])
    for t in reversed(range(len(a))):
        grad_b[t] = grad_h[t] + later
        later = a[t] * grad_b[t]
    return grad_b


HERE, CARRY = "grad_h[t] + later", "a[t] * grad_b[t]"

scan_gradient.knows(
    ("factor of the wrong step", "From h_{t+1} back to h_t the gradient passes a factor. It isn't the one of step t.",
     [(HERE, "grad_h[t] + a[t] * later"), (CARRY, "grad_b[t]")]),
    ("walked forward in time", "You started at the first step. A gradient comes from the later steps.",
     ("reversed(range(len(a)))", "range(len(a))"), DIRECTION),
    ("only the direct part", "Each b also changes all the later states.", (HERE, "grad_h[t]")),
    ("gradient not handed on", "You go back one step, but not further.", (CARRY, "a[t] * grad_h[t]")),
    ("factors left out", "You add up all that comes later. On its path back, each factor multiplies it.", (CARRY, "grad_b[t]")),
    ("direct part left out behind the last step", "At every step the loss contributes directly, not only at the last one.",
     (HERE, "(grad_h[t] if t == len(a) - 1 else 0 * grad_h[t]) + later")),
    ("direct part multiplied too", "b_t is added to h_t as it is, so the factor of its own step doesn't touch its gradient.",
     ("return grad_b", "return a * grad_b")),
    ("gradient of the state before", "That's the gradient one step further back, at h_{t-1}, through the recurrence alone.",
     [("grad_b[t] = grad_h[t] + later", "grad_b[t] = later"), (CARRY, "a[t] * (grad_h[t] + later)")]),
    ("summed over time", "A weight that all steps share gets the sum. Each b_t has a gradient of its own.",
     ("return grad_b", "return grad_b.sum(axis=0)")),
    ("in the order of the walk", "Your numbers are right, but the last step comes first.",
     ("return grad_b", "return grad_b[::-1]"), DIRECTION),
    ("sign turned round", "This is the step of gradient descent. The gradient itself is asked for.", ("return ", "return -")),
    ("squared factor", "Each factor comes once on the path back.", (CARRY, "a[t] ** 2 * grad_b[t]")))


def _tokens(seed, seq_len, size, value_size, dtype=np.float64, loud=1.0, sharp=1.0):
    """Return queries, keys and values of one sequence."""
    rng = np.random.default_rng(seed)
    queries, keys, values = (rng.choice(ONE_DECIMAL, (seq_len, width)) for width in (size, size, value_size))
    if loud != 1:
        values = loud * rng.normal(size=values.shape)
    return [array.astype(dtype) for array in (queries, sharp * keys, values)]


@function_exercise(
    lambda: [_tokens(0, 2, 2, 1), _tokens(1, 3, 2, 2), _tokens(2, 4, 3, 3), _tokens(3, 3, 3, 2, np.float32),
             _tokens(4, 6, 4, 4, loud=30), _tokens(5, 1, 3, 2, loud=30), _tokens(6, 5, 3, 2, loud=9, sharp=2000)],
    shown="All rows were computed at once, since no row needs another row's result. That's the parallel training that made "
          "Transformers win. And row t needs all keys and values up to t, which is the cache.",
    hints=("Scores first: every query with every key, divided by the square root of the size. Then hide what lies ahead.",
           "Put -inf in place of the hidden scores *before* the softmax, so that each row's weights still sum to 1. Subtract "
           "the row's largest score before exp, or large scores overflow. And np.sqrt of a whole number is a float64, which "
           "turns float32 scores into float64; `** 0.5` doesn't."), over_time=True)
def causal_attention(queries, keys, values):
    """Return for every step t the mean of the values up to t, weighted by the softmax of q_t . k_s / sqrt(size) over s <= t.
    queries and keys are (seq_len, size), values (seq_len, value_size); the result has the shape and dtype of values."""
    scores = queries @ keys.T / np.sqrt(queries.shape[1]).astype(queries.dtype)
    hidden = np.triu(np.ones(scores.shape, bool), k=1)
    scores = np.where(hidden, -np.inf, scores)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = weights / weights.sum(axis=1, keepdims=True)
    return weights @ values


SCALE = " / np.sqrt(queries.shape[1]).astype(queries.dtype)"
HIDE, MEAN = "np.where(hidden, -np.inf, scores)", "return weights @ values"
NORMALIZE = "weights / weights.sum(axis=1, keepdims=True)"
MAXIMUM = "np.exp(scores - scores.max(axis=1, keepdims=True))"

causal_attention.knows(
    ("looks ahead", "Your steps see the future. At step t only the steps up to t are known.", (HIDE, "scores")),
    ("looks ahead", "Your mask is turned round: each step sees itself and what lies ahead.",
     ("np.triu(np.ones(scores.shape, bool), k=1)", "np.tril(np.ones(scores.shape, bool), k=-1)")),
    ("hidden after the softmax", "You hid the future after the softmax, so the weights of the early steps no longer sum to 1.",
     [(HIDE, "scores"), (MEAN, "return np.where(hidden, 0, weights) @ values")]),
    ("hidden by zeros", "A score of 0 isn't hidden. It still gets a weight, since exp(0) is 1.", (", -np.inf, ", ", 0, ")),
    ("square root left out", "You didn't divide the scores by the square root of the size.", (SCALE, "")),
    ("divided by the size", "You divided the scores by the size itself.", (SCALE, " / queries.shape[1]")),
    ("divided by the number of steps", "You divided by the root of the number of steps. The size of a key is meant.",
     ("np.sqrt(queries.shape[1])", "np.sqrt(len(queries))")),
    ("queries and keys swapped", "In your scores the keys ask and the queries answer.", ("queries @ keys.", "keys @ queries.")),
    ("softmax over the queries", "Your weights sum to 1 over the queries. Each query shares 1 among the keys.",
     [(MAXIMUM, "np.exp(scores - np.where(hidden, -np.inf, scores).max(axis=0, keepdims=True))"),
      (NORMALIZE, "weights / weights.sum(axis=0, keepdims=True)")]),
    ("softmax over the queries", "You divide by sums over the queries. Each query shares 1 among the keys.",
     (NORMALIZE, "weights / weights.sum(axis=0, keepdims=True)")),
    ("one sum for all steps", "You divide by the sum of all weights. Each step has a sum of its own.",
     (NORMALIZE, "weights / weights.sum()")),
    ("sees one step ahead", "Each of your steps sees one step too many.", ("k=1", "k=2")),
    ("multiplied by the square root",
     "You multiplied the scores by the root of the size. Large scores make the softmax too sharp.", ("keys.T /", "keys.T *")),
    ("not normalized", "The weights of a step have to sum to 1.", (NORMALIZE, "weights")),
    ("scores taken for weights", "You weight with the scores themselves. The softmax is missing.",
     [(HIDE, "np.where(hidden, 0, scores)"), (MAXIMUM, "scores"), (NORMALIZE, "weights")]),
    ("all weights equal", "This is the plain mean up to each step. Queries and keys don't count in it.",
     (MAXIMUM, "np.where(hidden, 0, 1.0 + 0 * queries[:1, :1])")),
    ("the best match alone", "You took the value with the largest score alone. Attention blends them all.",
     (MAXIMUM, "np.where(scores == scores.max(axis=1, keepdims=True), 1.0, 0.0).astype(values.dtype)")),
    ("last step alone", "This is the answer of the last step. One for each step is asked for.",
     (MEAN, "return (weights @ values)[-1]")),
    ("weights in place of their mean", "These are the weights. The values they blend are missing.", (MEAN, "return weights")))
