"""Explorer "the scan": which steps of a linear recurrence are combined in which round, one after the other or side by side."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap

from helpers.explorers.engine import Explorer, dropdown, slider
from helpers.pictures.style import BLACK, BLUE, GRAY, ORANGE, SKY, figure

LONGEST = 16
LOOP, DOUBLING, TREE = "loop", "doubling", "up-sweep, down-sweep"
GRID = {"seq_len": ..., "algorithm": ..., "round": ...}
TRIES = (
    tuple({"algorithm": DOUBLING, "round": number} for number in range(5)),
    tuple({"seq_len": 16, "algorithm": algorithm, "round": LONGEST - 1} for algorithm in (LOOP, DOUBLING, TREE)),
    tuple({"algorithm": TREE, "round": number} for number in range(2, 8)),
)


def controls():
    return {
        "seq_len": slider("sequence length", LONGEST, 2, LONGEST, 1),
        "algorithm": dropdown("algorithm", DOUBLING, (LOOP, DOUBLING, TREE)),
        "round": slider("round", 3, 0, LONGEST - 1, 1),
    }


def rounds_of(algorithm, seq_len):
    """Return for each round its list of pairs (i, t): what stands for the steps up to i is put in front of step t's."""
    reaches = [2**level for level in range((seq_len - 1).bit_length())]
    if algorithm == LOOP:
        return [[(t - 1, t)] for t in range(1, seq_len)]
    if algorithm == DOUBLING:
        return [[(t - reach, t) for t in range(reach, seq_len)] for reach in reaches]
    up = [[(t - size, t) for t in range(2 * size - 1, seq_len, 2 * size)] for size in reaches]
    down = [[(t - size, t) for t in range(3 * size - 1, seq_len, 2 * size)] for size in reversed(reaches)]
    return [pairs for pairs in up + down if pairs]


def compute(seq_len, algorithm, round):
    """Return the tree of combinations up to a round (at most the last), and the steps that each pair (a_t, b_t) stands for.

    Units: heights are shares of the algorithm's rounds, so that few rounds fill the picture as many do.
    """
    rounds = rounds_of(algorithm, seq_len)
    at = min(round, len(rounds))
    first = list(range(seq_len))                       # (a_t, b_t) stands for the steps first[t] ... t
    height = [0.0] * seq_len                           # where step t was last combined
    before, now, nodes = [], [], [(t, 0.0) for t in range(seq_len)]
    for number, pairs in enumerate(rounds[:at], start=1):
        before, now = before + now, []
        before_first, before_height, down = first.copy(), height.copy(), number / len(rounds)
        for i, t in pairs:
            now += [np.array([(source, before_height[source]), (t, down)]) for source in (i, t)]
            nodes.append((t, down))
            first[t], height[t] = before_first[i], down
    reach = np.zeros((LONGEST, LONGEST))
    for t in range(seq_len):
        reach[t, first[t]:t + 1] = 2.0 if first[t] == 0 else 1.0
    last_pairs = rounds[at - 1] if at else []
    return {
        "before": before, "now": now, "nodes": np.array(nodes),
        "combined": np.array([(t, at / len(rounds)) for _, t in last_pairs]).reshape(-1, 2),
        "last": str(len(rounds)), "reach": reach, "at": at, "rounds": len(rounds), "pairs": last_pairs,
        "work": sum(map(len, rounds[:at])), "whole": sum(map(len, rounds)), "finished": first.count(0),
        "seq_len": seq_len, "algorithm": algorithm,
    }


def draw(numbers):
    """Return the figure, with fixed limits, and the six artists that change."""
    fig, (tree, reach) = figure(columns=2, width=8.6, height=4.3, width_ratios=(1.55, 1))
    steps = range(0, LONGEST, 3)
    tree.set(xlim=(-0.7, LONGEST - 0.3), ylim=(1.16, -0.05), xlabel="step $t$", ylabel="round", xticks=steps,
             yticks=(0, 1), yticklabels=("0", "    "), title="what is combined")
    last = tree.text(-0.022, 1, "", transform=tree.get_yaxis_transform(), ha="right", va="center")
    before = tree.add_collection(LineCollection([], colors=GRAY, linewidths=1.0, linestyles="-"), autolim=False)
    now = tree.add_collection(LineCollection([], colors=BLUE, linewidths=2.2, linestyles="-"), autolim=False)
    nodes = tree.scatter([], [], s=22, color=SKY, edgecolor=BLACK, linewidth=0.6, zorder=3)
    combined = tree.scatter([], [], s=60, marker="s", color=ORANGE, edgecolor=BLACK, zorder=4, label="combined now")
    tree.legend(loc="lower left", fontsize=9.5, frameon=False)
    reach.grid(False)
    image = reach.imshow(numbers["reach"], cmap=ListedColormap(["white", SKY, BLUE]), vmin=0, vmax=2, interpolation="nearest")
    reach.set(xlabel="stands for these steps", ylabel="the pair of step $t$", xticks=steps, yticks=steps,
              title="dark: back to step 0, finished")
    for ax in (tree, reach):
        ax.title.set_fontsize(10.5)
    return fig, {"before": before, "now": now, "nodes": nodes, "combined": combined, "last": last, "reach": image}


def summarize(numbers):
    """Say what this round combines, and how many rounds and combinations that makes so far."""
    at, rounds, work, seq_len = (numbers[name] for name in ("at", "rounds", "work", "seq_len"))
    loop = f"The loop takes {_count(seq_len - 1, 'round')} of one combination each."
    if at == 0:
        return (f"Nothing is combined yet, so each pair stands for its own step. The {numbers['algorithm']} will need "
                f"{_count(rounds, 'round')} and {_count(numbers['whole'], 'combination')}.")
    distance = numbers["pairs"][0][1] - numbers["pairs"][0][0]
    where = "the step before" if distance == 1 else f"what lies {distance} steps before"
    said = f"Round {at} of {rounds} makes {_count(len(numbers['pairs']), 'combination')} with {where}. "
    if at < rounds:
        return (said + f"So far that's {_count(work, 'combination')} in {_count(at, 'round')}, and {numbers['finished']} of "
                       f"{seq_len} steps are finished.")
    said += f"All {seq_len} steps are finished after {_count(rounds, 'round')} and {_count(work, 'combination')}. "
    return said + (loop if numbers["algorithm"] != LOOP else "Nothing here could run side by side.")


def _count(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def the_scan():
    return Explorer("the scan", controls(), compute, draw, summarize, play="round", grid=GRID, tries=TRIES)
