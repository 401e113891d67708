"""The player on an explorer made by hand, with every kind of artist: what Chromium shows is what matplotlib draws."""

import os
import shutil

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform

from helpers.explorers.engine import Explorer, checkbox, dropdown, slider
from helpers.pictures.fast_text import quick_text
from helpers.pictures.style import BLUE, ORANGE, figure
from tools.browser import chromium, find_browser
from tools.web.build import WEB, write_fonts
from tools.web.compare import SitePage, difference, served
from tools.web.export import Pool, Recorder, as_script, export, place_of, settings, within_reach

pytestmark = pytest.mark.skipif(find_browser() is None and not os.environ.get("CI"),
                                reason="no Chromium or Chrome found; set CHROMIUM to its path")
KINDS = ("log line", "far line", "gap", "dots", "squares", "segments", "area", "image", "bars", "text")


def compute(kind, t, hidden):
    x = np.linspace(0, 1, 11)
    numbers = {
        "log line": (x[: t + 2], 10.0 ** (-8 * x[: t + 2])), "far line": (x, np.where(x > 0.5, 1e9 * t, 0.01)),
        "gap": (x, np.where(np.arange(11) == t, np.nan, 0.5)), "dots": np.column_stack([x, 0.1 + 0.05 * x * t]),
        "squares": np.column_stack([x, 0.9 - 0.05 * x * t]), "segments": [np.array([(0, 0.2 * i), (t / 9, 0.3)]) for i in range(4)],
        "area": np.array([(0, 0), (1, 0), (0.5, (t + 1) / 10)]), "bars": x[:5] * t, "text": f"step {t}\nof nine, lag ≥ 2",
        "image": np.ma.masked_less(np.outer(np.arange(4), np.arange(5)) * t / 108.0, 0.05),
    }
    return {name: data if name == kind and not hidden else None for name, data in numbers.items()} | {"t": t, "kind": kind}


def draw(numbers):
    fig, (log, plain) = figure(1, 2, width=6, height=3)
    log.set(xlim=(0, 1), yscale="log", ylim=(1e-8, 1))
    plain.set(xlim=(-0.2, 5), ylim=(0, 1.05))
    artists = {"log line": log.plot([], [], color=BLUE, marker=".")[0], "far line": log.plot([], [], color=ORANGE, linestyle="-")[0],
               "gap": plain.plot([], [], color=BLUE, linestyle=":", linewidth=2.5)[0],
               "dots": plain.scatter([], [], s=40, color=BLUE, edgecolors="black"), "squares": plain.scatter([], [], s=30, marker="s", alpha=0.5),
               "segments": plain.add_collection(LineCollection([], colors=[BLUE, ORANGE], linewidths=(1, 4))),
               "area": plain.fill([], [], facecolor=BLUE, edgecolor=ORANGE, linewidth=2, alpha=0.4)[0], "bars": plain.bar(range(5), [0] * 5, width=0.7),
               "image": plain.imshow(np.zeros((4, 5)), extent=(0, 4, 0, 1), aspect="auto", interpolation="nearest", vmin=0, vmax=1),
               "text": quick_text(plain, 1, 0.5, va="top", fontsize=12, family="monospace")}
    return fig, artists


def toy():
    controls = {"kind": dropdown("kind", "log line", KINDS), "t": slider("step", 3, 0, 9, 1), "hidden": checkbox("hidden")}
    return Explorer("a toy", controls, compute, draw, lambda numbers: f"{numbers['kind']}, step {numbers['t']} of 9 & <more>.",
                    play="t", grid={"kind": ..., "t": ..., "hidden": ...}, tries=(({"t": 9},),))


@pytest.fixture(scope="module")
def on_page(tmp_path_factory):
    """The toy, and its page in the browser."""
    folder, explorer = tmp_path_factory.mktemp("toy"), toy()
    assert len(settings(explorer)) == len(KINDS) * 10 * 2
    data, backgrounds = export(explorer)
    (folder / "toy.js").write_text(as_script("toy", data), encoding="utf-8")
    for ratio, webp in enumerate(backgrounds, 1):
        (folder / f"toy-{ratio}.webp").write_bytes(webp)
    for name in ("player.js", "site.css"):
        shutil.copy(WEB / name, folder)
    write_fonts(folder / "fonts")
    (folder / "index.html").write_text('<!doctype html><meta charset="utf-8"><title>toy</title><link rel="icon" href="data:,">'
                                       '<link rel="stylesheet" href="site.css"><script src="player.js" defer></script>'
                                       '<div class="explorer" data-explorer="toy" data-folder="" data-version="1"></div>', encoding="utf-8")
    with served(folder) as address, chromium() as browser:
        page = SitePage(browser, address)
        yield explorer, page
        assert (page.faults, page.strangers) == ([], [])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_artist_is_where_matplotlib_draws_it(on_page, kind):
    explorer, page = on_page
    shown = [values for values in settings(explorer).values() if values["kind"] == kind]
    for values in shown[::4]:
        pixels, same = difference(page, "toy", explorer, values)
        assert same and pixels <= (0.012 if kind == "text" else 0.002), (pixels, values)


@pytest.mark.parametrize("kind", KINDS)
def test_an_artist_that_is_hidden_leaves_no_trace(on_page, kind):
    explorer, page = on_page
    place = place_of(explorer, {"kind": kind, "t": 4, "hidden": True})
    assert np.array_equal(page.show("toy", place)[0], explorer.background(1))
    assert not np.array_equal(page.show("toy", place - 1)[0], explorer.background(1))


def test_a_column_that_begins_another_is_kept_once():
    pool = Pool()
    numbers = [pool.add(column) for column in ([1, 2, 3], [1, 2], [5], [1, 2, 3], [], [-1, 7], [1, 3])]
    kept, starts, lengths = pool.packed()
    whole = np.concatenate(kept)
    assert numbers == [0, 1, 2, 0, 3, 4, 5] and len(whole) == 8
    assert [whole[starts[i]:starts[i] + lengths[i]].tolist() for i in range(6)] == [[1, 2, 3], [1, 2], [5], [], [-1, 7], [1, 3]]


def test_a_corner_out_of_reach_moves_along_its_line():
    near = within_reach(np.array([(0.0, 0.0), (1e9, 2e9), (10.0, 0.0)]))
    assert len(near) == 4 and np.abs(near).max() <= 4000
    assert near[1] == pytest.approx(near[1][1] * np.array([0.5, 1]), rel=1e-2)
    assert within_reach(np.array([(0.0, np.nan), (3999.0, 1.0)])).shape == (2, 2)


def test_dashes_off_the_picture_leave_no_trace():
    recorder = Recorder(toy().figure)
    for x, drawn_parts in ((-90, 0), (90, 1)):
        recorder.operations = []
        gc = recorder.new_gc()
        gc.set_dashes(0, [3, 1])
        recorder.draw_path(gc, Path([(x, -9e6), (x, 9e6)]), IdentityTransform())
        assert len(recorder.operations) == drawn_parts


def test_what_the_player_cannot_show_is_refused():
    explorer = toy()
    explorer.artists["image"].set_interpolation("bilinear")
    with pytest.raises(ValueError, match="interpolation: expected an image of plain cells, got 'bilinear'"):
        export(explorer)
    explorer = toy()
    explorer.artists["text"].set_rotation(30)
    with pytest.raises(ValueError, match="text: expected one without formulas and not turned"):
        export(explorer)
