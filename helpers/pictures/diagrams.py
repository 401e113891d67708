"""The course's drawings: the recurrent network, folded and unrolled, the gated cells, and the map of the notebooks."""

from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon
from matplotlib.path import Path

from helpers.pictures.style import BLACK, BLUE, GRAY, GREEN, ORANGE, PURPLE, SKY, VERMILLION, YELLOW, figure

# One color and one dash for each weight, the same in every copy: that is what "shared" looks like.
INPUT, RECURRENT, OUTPUT = (BLUE, "-"), (VERMILLION, (0, (5, 1.5))), (GREEN, (0, (2, 1)))
UNWEIGHTED = (BLACK, "-")                       # a path without a matrix
APART = 2.0                                     # between two steps, and between two layers
RADIUS = 0.42

# By part of the course: what it is called beside its row, its color, and of each notebook number, title, question, minutes.
PARTS = (
    ("Part I\nby hand\nin NumPy", BLUE, (
        ("00", "Start here", "what can a recurrent\nnetwork do?", 15),
        ("01", "The equations", "why does a sequence\nneed a state?", 50),
        ("02", "A NumPy cell", "what does one step\ncompute?", 60),
        ("03", "Backpropagation", "how does the gradient\ntravel back?", 70),
        ("04", "Vanishing", "why do RNNs forget?", 70),
    )),
    ("Part II\nwith\nPyTorch", PURPLE, (
        ("05", "torch.nn.RNN", "what exactly does the\nlibrary compute?", 75),
        ("06", "Broken RNNs", "what do common\ndefects look like?", 60),
        ("07", "Training", "how do you know what\nwas learned?", 60),
        ("08", "Forecasting", "does it beat\nsimple methods?", 60),
        ("09", "Characters", "how does a network\nread and write names?", 75),
    )),
    ("Part III\nmemory", GREEN, (
        ("10", "Longer memory", "what are gates for?", 75),
        ("11", "RNNs today", "why learn RNNs now?", 60),
        ("12", "A reservoir", "what if nobody trains\nthe recurrent weights?", 25),
    )),
)
OPTIONAL = ("12",)
WIDE, HIGH = 0.9, 0.66


def folded(ax):
    """Draw the network as its equations have it: one unit of state with a loop that takes one step.

    Used in: network.
    """
    _blank(ax, (-0.9, 2.3), (-2 * RADIUS - 1.6, APART + 2 * RADIUS + 0.1))
    _arrow(ax, (0, -APART), (0, 0), INPUT, "$W_{ih}$")
    _arrow(ax, (0, 0), (0, APART), OUTPUT, "$W_{ho}$")
    color, dash = RECURRENT
    loop = Path([(0.38, 0.27), (1.5, 1.0), (1.5, -1.0), (0.4, -0.27)], [Path.MOVETO] + 3 * [Path.CURVE4])
    ax.add_patch(FancyArrowPatch(path=loop, color=color, linestyle=dash, linewidth=1.8, arrowstyle="-|>",
                                 mutation_scale=14))
    ax.text(1.34, 0.2, "$W_{hh}$", fontsize=11, va="center")
    ax.text(1.34, -0.05, "one step\nlater", fontsize=9.5, color=GRAY, va="top")
    for name, height, fill in (("x_t", -APART, SKY), ("h_t", 0, ORANGE), ("y_t", APART, GREEN)):
        _node(ax, (0, height), f"${name}$", fill)


def unrolled(ax, seq_len, weights=True):
    """Draw the network with one copy for each step: h_0 on the left, then h_1 ... h_T, the same weights in every copy.

    `weights=False` leaves the weights' names out.

    Raises: ValueError when seq_len is below 1.
    Shown in: notebooks 01, 03 and 09.
    """
    if seq_len < 1:
        raise ValueError(f"seq_len: expected 1 or more, got {seq_len!r}")
    _blank(ax, (-0.7, APART * seq_len + 0.7), (-2 * RADIUS - 1.6, APART + 2 * RADIUS + 0.1))
    for t in range(1, seq_len + 1):
        right = APART * t
        _arrow(ax, (right - APART, 0), (right, 0), RECURRENT, "$W_{hh}$" if weights else "")
        _arrow(ax, (right, -APART), (right, 0), INPUT, "$W_{ih}$" if weights else "")
        _node(ax, (right, -APART), f"$x_{{{t}}}$", SKY)
        _arrow(ax, (right, 0), (right, APART), OUTPUT, "$W_{ho}$" if weights else "")
        _node(ax, (right, APART), f"$y_{{{t}}}$", GREEN)
        _node(ax, (right, 0), f"$h_{{{t}}}$", ORANGE)
    _node(ax, (0, 0), "$h_0$", None)


def network(seq_len):
    """Return a figure of the network: folded on the left, unrolled over seq_len steps on the right.

    Shown in: notebook 01.
    """
    fig, (left, right) = figure(1, 2, width=9.0, height=3.9, width_ratios=(3.2, APART * seq_len + 1.4))
    folded(left)
    unrolled(right, seq_len)
    left.set_title("folded: the equations", fontsize=11)
    right.set_title(f"unrolled over {seq_len} steps: one copy each, the same weights", fontsize=11)
    return fig


def gru_cell(ax):
    """Draw one step of a GRU in torch's formula: h_{t-1} reaches h_t without a matrix, and through the candidate n_t.

    Shown in: notebook 10.
    """
    _gated(ax, "h", ORANGE, "n", keep="update $z_t$", write="$1-z_t$")
    _valve(ax, (1.7, 0), "reset $r_t$", below=True)


def lstm_cell(ax):
    """Draw one step of an LSTM: c_{t-1} reaches c_t without a matrix; h_{t-1} the candidate g_t; c_t is shown as h_t.

    Shown in: notebook 10.
    """
    _gated(ax, "c", PURPLE, "g", keep="forget $f_t$", write="input $i_t$")
    _arrow(ax, (5.4, 2), (5.4, -0.5), UNWEIGHTED, "")
    ax.text(5.52, 1.32, "tanh", fontsize=11, va="center")
    _valve(ax, (5.4, 0.65), "output $o_t$", across=False)
    _node(ax, (5.4, -0.5), "$h_t$", ORANGE)


def _gated(ax, memory, fill, candidate, keep, write):
    """What both cells have: the memory's path above, the candidate below, and a valve on the way of each."""
    _blank(ax, (-0.6, 7.1), (-2.25, 2.75))
    _arrow(ax, (0, 2), (3.4, 2), UNWEIGHTED, "", linewidth=5)
    _arrow(ax, (3.4, 2), (5.4, 2), UNWEIGHTED, "", linewidth=5)
    _arrow(ax, (3.4, 0), (3.4, 2), UNWEIGHTED, "")
    _arrow(ax, (0, 0), (3.4, 0), RECURRENT, "")
    ax.text(0.9, 0.1, f"$W_{{h{candidate}}}$", fontsize=11, ha="center")
    _arrow(ax, (3.4, -1.75), (3.4, 0), INPUT, f"$W_{{i{candidate}}}$")
    _valve(ax, (1.7, 2), keep)
    _valve(ax, (3.4, 1), write, across=False)
    _node(ax, (0, 2), f"${memory}_{{t-1}}$", fill)
    _node(ax, (5.4, 2), f"${memory}_t$", fill)
    _node(ax, (3.4, 2), "$+$", "white")
    _node(ax, (0, 0), "$h_{t-1}$", ORANGE)
    _node(ax, (3.4, 0), f"${candidate}_t$", GRAY)
    _node(ax, (3.4, -1.75), "$x_t$", SKY)


def _valve(ax, center, text, across=True, below=False):
    """A gate on a path: two triangles, tip to tip, as pipes have them; its name above, below, or to the right."""
    x, y = center
    long, wide = 0.3, 0.24
    corners = [(-long, -wide), (-long, wide), (long, -wide), (long, wide)]
    corners = [(x + right, y + up) if across else (x + up, y + right) for right, up in corners]
    ax.add_patch(Polygon(corners, facecolor=YELLOW, edgecolor=BLACK, linewidth=1.5, joinstyle="round", zorder=4))
    where = {"ha": "center", "va": "top" if below else "bottom"} if across else {"ha": "left", "va": "center"}
    place = (x, y + (-0.36 if below else 0.36)) if across else (x + 0.38, y)
    ax.text(*place, text, fontsize=11, **where)


def course_map():
    """Return a figure of the notebooks in the order in which they are read, a row for each part; 12 may be left out.

    Shown in: notebook 00.
    """
    fig, ax = figure(width=10.6, height=4.4)
    _blank(ax, (-1.02, 4.5), (-0.38, 2.38))
    ax.set_aspect("auto")
    for row, (says, color, notebooks) in enumerate(PARTS):
        y = len(PARTS) - 1 - row
        ax.text(-1.02, y, says, fontsize=11, weight="bold", va="center", linespacing=1.3)
        ax.plot([-0.53, -0.53], [y - HIGH / 2, y + HIGH / 2], color=color, linestyle="-", linewidth=5)
        for x, (name, title, question, minutes) in enumerate(notebooks):
            rim = (0, (4, 2)) if name in OPTIONAL else "-"
            ax.add_patch(FancyBboxPatch((x - WIDE / 2, y - HIGH / 2), WIDE, HIGH, boxstyle="round,pad=0,rounding_size=0.05",
                                        facecolor="white", edgecolor=BLACK, linewidth=1.3, linestyle=rim))
            ax.text(x, y + 0.2, f"{name}  {title}", ha="center", va="center", fontsize=9.5, weight="bold")
            ax.text(x, y + 0.09, question, ha="center", va="top", fontsize=9.5)
            ax.text(x, y - 0.25, f"optional, {minutes} min" if name in OPTIONAL else f"{minutes} min", ha="center", va="center",
                    fontsize=9, color=GRAY)
            if x:
                _path(ax, (x - 1 + WIDE / 2, y), (x - WIDE / 2, y))
        if row:
            end, above = len(PARTS[row - 1][2]) - 1, y + 0.5
            _path(ax, (end, y + 1 - HIGH / 2), (end, above), (0, above), (0, y + HIGH / 2))
    return fig


def _path(ax, *corners):
    ax.add_patch(FancyArrowPatch(path=Path(corners), arrowstyle="-|>", mutation_scale=13, color=GRAY, fill=False))


def _blank(ax, across, up):
    ax.set(xlim=across, ylim=up, aspect="equal")
    ax.axis("off")


def _node(ax, center, text, fill):
    """A circle with a symbol; without a fill its rim is dashed: the state to start from."""
    ax.add_patch(Circle(center, RADIUS, facecolor="white", edgecolor="none", zorder=2))
    ax.add_patch(Circle(center, RADIUS, facecolor=fill or "white", alpha=0.35, edgecolor="none", zorder=3))
    rim = "-" if fill else (0, (3, 2))
    ax.add_patch(Circle(center, RADIUS, facecolor="none", edgecolor=BLACK, linestyle=rim, zorder=4))
    ax.text(*center, text, ha="center", va="center", fontsize=13, zorder=5)


def _arrow(ax, start, end, look, text, linewidth=1.8):
    """An arrow from the rim of one node to the rim of the other, with its weight's name beside it."""
    color, dash = look
    (x, y), (to_x, to_y) = start, end
    length = abs(to_x - x) + abs(to_y - y)                                 # along an axis, always
    along = (to_x - x) / length, (to_y - y) / length
    rim = RADIUS + 0.05
    ends = (x + rim * along[0], y + rim * along[1]), (to_x - rim * along[0], to_y - rim * along[1])
    ax.add_patch(FancyArrowPatch(*ends, color=color, linestyle=dash, linewidth=linewidth, arrowstyle="-|>",
                                 mutation_scale=14, shrinkA=0, shrinkB=0, zorder=1))
    middle = (x + to_x) / 2, (y + to_y) / 2
    beside = {"va": "center", "ha": "left"} if along[0] == 0 else {"va": "bottom", "ha": "center"}
    ax.text(middle[0] + (0.12 if along[0] == 0 else 0), middle[1] + (0 if along[0] == 0 else 0.1), text,
            fontsize=11, **beside)
