"""The live curve: what it draws while it runs, and what it leaves."""

import pytest

from helpers.pictures import live_curve, style
from helpers.pictures.live_curve import LiveCurve


@pytest.fixture
def displayed(monkeypatch):
    """Return what is displayed from now on, as in a notebook."""
    shown = []
    for module in (style, live_curve):
        monkeypatch.setattr(module, "display", lambda thing, **_: shown.append(thing))
    monkeypatch.setattr(live_curve, "get_ipython", lambda: True)
    return shown


def test_it_follows_and_leaves_one_picture_with_its_caption(displayed, monkeypatch):
    monkeypatch.setattr(live_curve, "PAUSE", -1.0)
    curve = LiveCurve("loss", "norm", updates=3, limits=(1e-3, 1))
    frames = []
    for numbers in ((0.5, 0.1), (0.2, 5.0), (0.0, float("inf"))):
        curve.add(*numbers)
        frames.append(curve._live.value)
    assert len(set(frames)) == 3 and frames[0][:3] == b"\xff\xd8\xff"
    curve.show("Both end at the edge.")
    assert curve._live.comm is None, "the live picture is gone"
    assert [line.get_ydata() for line in curve.lines] == [[0.5, 0.2, 1e-3], [0.1, 1, 1]]
    assert len(displayed) == 3 and displayed[1]["text/plain"] == "Both end at the edge."


def test_frames_are_rationed(displayed):
    curve = LiveCurve("loss", updates=2000, limits=(0, 1), log=False)
    for _ in range(2000):
        curve.add(0.5)
    first = curve._live.value
    curve.add(0.1)
    assert curve._live.value == first and len(displayed) == 1


def test_outside_of_a_notebook_nothing_is_shown_before_the_end(monkeypatch):
    shown = []
    monkeypatch.setattr(style, "display", shown.append)
    monkeypatch.setattr(live_curve, "display", shown.append)
    LiveCurve("loss", updates=2, limits=(1e-3, 1)).add(1)
    assert shown == []


def test_another_number_of_curves_is_refused():
    with pytest.raises(ValueError, match="numbers: expected 1, one for each of loss, got 2"):
        LiveCurve("loss", updates=2, limits=(1e-3, 1)).add(1, 2)
