"""Times the next token of a generated text, and counts what has to be kept for it: `python data/make_token_costs.py`.

One layer of FEATURES units in torch, float32, one thread, one text, without gradients:

    GRU         torch.nn.GRUCell: the state of the last token, and nothing else
    attention   the new token's query asks the cached keys and values of all tokens so far: one head, four projections

Columns of token_costs.csv: layer; tokens, how many there are before the new one; kept, the numbers that are kept for it;
ratio, the time of the new token in multiples of the GRU's. In each of ROUNDS rounds all take turns; times are processor time, and
of a layer's the shortest of all rounds counts: other work on the machine takes the cache away, and so only ever adds. The
rounds are spread over some minutes, so that such work does not meet them all.
"""

import time

import making
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

FEATURES = 256
TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384)
ROUNDS, PAUSE = 600, 0.2                         # PAUSE: seconds of sleep after each round
SECONDS = 0.001                                  # as many calls in a row as fill SECONDS, so that the clock is fine enough


def gru(tokens):
    """Return a function that reads one more token, and how many numbers are kept for it."""
    cell, x, h = nn.GRUCell(FEATURES, FEATURES), torch.randn(1, FEATURES), torch.randn(1, FEATURES)
    return lambda: cell(x, h), h.numel()


def attention(tokens):
    """Return the same for attention, its cache filled with as many tokens."""
    project, out = nn.Linear(FEATURES, 3 * FEATURES), nn.Linear(FEATURES, FEATURES)
    x, cache = torch.randn(1, FEATURES), torch.randn(2, 1, 1, tokens + 1, FEATURES)  # the last place is the new token's

    def step():
        query, key, value = project(x).chunk(3, dim=-1)
        cache[0, 0, 0, -1], cache[1, 0, 0, -1] = key[0], value[0]
        return out(scaled_dot_product_attention(query[None, None], cache[0], cache[1])[0, 0])

    return step, 2 * tokens * FEATURES


LAYERS = {"GRU": gru, "attention": attention}


def main():
    torch.manual_seed(0)
    steps = {(name, tokens): make(tokens) for name, make in LAYERS.items() for tokens in TOKENS}
    best = {}
    with torch.no_grad():
        calls = {key: max(1, round(SECONDS / min(making.seconds(step, 3) for _ in range(20)))) for key, (step, _) in steps.items()}
        for _ in range(ROUNDS):
            for key, (step, _) in steps.items():
                step()                           # what was timed before has left other numbers in the cache
                best[key] = min(best.get(key, 1.0), making.seconds(step, calls[key]))
            time.sleep(PAUSE)
    unit = min(best["GRU", tokens] for tokens in TOKENS)
    rows = ["layer,tokens,kept,ratio"]
    rows += [f"{name},{tokens},{steps[name, tokens][1]},{taken / unit:.3g}" for (name, tokens), taken in best.items()]
    making.publish("token_costs.csv", rows)
    print(f"the unit is {unit * 1e6:.0f} microseconds")


if __name__ == "__main__":
    main()
