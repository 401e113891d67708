"""The exercises of notebook 01: other styles are accepted, every known mistake is caught under its own name."""

import numpy as np
import pytest

from tests import exercise_rules as rules

EXERCISES = rules.exercises("equations")


# Right answers in other styles than the course's own.

def step_by_step(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    h, ys = list(h_0), []
    for t in range(len(x)):
        a = [sum(weight_ih[i][j] * x[t][j] for j in range(len(x[t]))) + bias_ih[i] + bias_hh[i]
             + sum(weight_hh[i][j] * h[j] for j in range(len(h))) for i in range(len(h))]
        h = [np.tanh(number) for number in a]
        ys.append([sum(weight_ho[k][i] * h[i] for i in range(len(h))) + bias_o[k] for k in range(len(bias_o))])
    return np.array(ys).reshape(len(x), len(bias_o))


def with_einsum(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    states, projected = [h_0], np.einsum("hi,ti->th", weight_ih, x) + bias_ih + bias_hh
    for a in projected:
        states.append(np.tanh(a + np.einsum("hk,k->h", weight_hh, states[-1])))
    return np.array(states)[1:] @ weight_ho.T + bias_o


class Network:
    def __call__(self, x, h_0, *parameters):
        self.h = h_0
        return np.array([self.step(x_t, *parameters) for x_t in x]).reshape(len(x), -1, 1)[:, :, 0] if len(x) else np.zeros((0, 1))

    def step(self, x_t, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
        self.h = np.tanh(weight_ih @ x_t + bias_ih + weight_hh @ self.h + bias_hh)
        return weight_ho @ self.h + bias_o


RIGHT = {
    "two_steps": [{"h_1": 0.6044, "h_2": 0.2893}, {"h_1": np.tanh(0.7), "h_2": np.float64(0.289)}],
    "all_answers": [step_by_step, with_einsum, Network()],
}


# Wrong answers as a learner writes them, under the name that they should get.

def transposed(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    h, ys = h_0, []
    for x_t in x:
        h = np.tanh(weight_ih @ x_t + bias_ih + h @ weight_hh + bias_hh)
        ys.append(weight_ho @ h + bias_o)
    return np.array(ys).reshape(len(x), len(bias_o))


WRONG = [
    ("two_steps", "h_0 given to every step", {"h_1": 0.6044, "h_2": 0.3799}),
    ("all_answers", "weight transposed", transposed),
]


@pytest.mark.parametrize("name, answer", [(name, answer) for name in RIGHT for answer in RIGHT[name]])
def test_other_styles_are_right(name, answer):
    said = rules.asked(EXERCISES[name], answer)
    assert said.verdict == "right", said


@pytest.mark.parametrize("name, mistake, answer", WRONG)
def test_mistake_is_named(name, mistake, answer):
    rules.assert_named(EXERCISES[name], answer, mistake)


@pytest.mark.parametrize("name", ["all_answers"])
def test_manners(name, monkeypatch):
    rules.assert_manners(EXERCISES[name], monkeypatch)


@pytest.mark.parametrize("name", EXERCISES)
def test_well_made(name):
    rules.assert_well_made(EXERCISES[name])
