"""A progress bar that is alive in the page and leaves one unchanging line in the saved notebook."""

from IPython import get_ipython
from IPython.display import display
from tqdm.notebook import tqdm

_LIVE_VIEW = "application/vnd.jupyter.widget-view+json"


def progress(steps, total, label, unit, beside):
    """Yield what `steps` yields, with tqdm's bar over the cell's output; `total` is how many are expected at most.

    `beside()`, called after each step is worked on, returns the words at the bar's end (the present loss, say). What is
    stored is `label`, `total` and `unit`, never a time; tqdm by itself would store its first line, or write to stderr.
    Where no notebook is (in a script, in a test) there is no bar and nothing is written.

    Used in: helpers/with_torch/training.py.
    """
    if get_ipython() is None:
        yield from steps
        return
    bar = tqdm(total=total, desc=label, display=False)
    view = bar.container._repr_mimebundle_()[_LIVE_VIEW]
    display({"text/plain": f"{label}: {total} {unit}.", _LIVE_VIEW: view}, raw=True)
    try:
        for step in steps:
            yield step
            bar.set_postfix_str(beside(), refresh=False)
            bar.update()
    except GeneratorExit:                      # whoever iterates has seen enough: a bar that ends early is no failure
        _, green, _ = bar.container.children
        bar.total = green.max = max(bar.n, 1)
        raise
    finally:
        bar.close()
