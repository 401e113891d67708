"""What a screen reader, a keyboard and a dense screen need of an explorer beyond what ipywidgets gives: the script in page.js."""

import json
from pathlib import Path

import ipywidgets as widgets

_SCRIPT = Path(__file__).with_name("page.js").read_text(encoding="utf-8")


def page_script(title):
    """Return a widget without a look for an explorer's box: it names all that is beside it, keeps plain keys from the
    notebook, tells the kernel once how many pixels the screen has for one of the page's, and reads out the summary politely
    once nothing has changed for 0.4 s. It also hides the picture, for those without a kernel, which is the explorer's next output.

    The box has the class "explorer", the summary's HTML widget "explorer-summary", the reset button "explorer-reset", the
    number box for the ratio of pixels "explorer-ratio". What is read out is in the page for 5 s only, so that the summary is
    not met twice. The script is part of the live widget, never of the stored notebook.
    Source: WAI-ARIA 1.2, roles slider and status; ipywidgets 8.1, whose Output widget trusts what it is given.
    """
    script = {"application/javascript": _SCRIPT.replace("TITLE", json.dumps(title), 1)}
    output = {"output_type": "display_data", "data": script, "metadata": {}}
    return widgets.Output(outputs=(output,), layout={"display": "none"})
