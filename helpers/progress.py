"""A progress bar that is alive in the page and leaves one unchanging line in the saved notebook."""

from IPython.display import display
from tqdm.notebook import tqdm

_LIVE_VIEW = "application/vnd.jupyter.widget-view+json"


def progress(steps, total, label):
    """Yield what `steps` yields, with tqdm's bar over the cell's output; `total` is how many are expected.

    What is stored is `label` and `total`, never a time; tqdm by itself would store its first line, or write to stderr.

    Shown in: notebook 03.
    """
    bar = tqdm(steps, total=total, desc=label, display=False)
    view = bar.container._repr_mimebundle_()[_LIVE_VIEW]
    display({"text/plain": f"{label}: {total} updates.", _LIVE_VIEW: view}, raw=True)
    yield from bar
