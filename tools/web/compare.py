"""Opens pages of the built site in Chromium, and holds the player's pictures against those of the explorers themselves."""

import base64
import http.server
import io
import threading
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import numpy as np
from matplotlib.text import Text
from PIL import Image

from tools.web.export import place_of

FAR = 64                        # of 255: by more than this a pixel differs
SET = """async ([name, setting]) => {
    const player = await explorers.load(document.querySelector(`[data-explorer="${name}"]`));
    const ground = player.picture.querySelector("img"), {controls} = player.file;
    await ground.decode();
    for (let i = controls.length - 1; i >= 0; i--) {
        player.at[i] = setting % controls[i].values.length;
        setting = Math.floor(setting / controls[i].values.length);
    }
    player.show();
    const whole = Object.assign(document.createElement("canvas"), {width: player.canvas.width, height: player.canvas.height});
    const ink = whole.getContext("2d");
    ink.drawImage(ground, 0, 0, whole.width, whole.height);
    ink.drawImage(player.canvas, 0, 0);
    return [whole.toDataURL("image/png"), player.summary.textContent];
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Say nothing about each request."""


@contextmanager
def served(folder):
    """Serve a folder on loopback; yield its address, which ends with a slash."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


class SitePage:
    """A page of the site in a tab of its own: `faults` of scripts, `strangers` asked for, and sizes `loaded`, so far.

    Without `formulas` MathJax, which takes longer than all the rest, gets an empty script.
    """

    def __init__(self, browser, address, formulas=True, **context):
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | context)
        self.page = self.context.new_page()
        self.faults, self.strangers, self.loaded = [], [], {}
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.faults.append(f"{message.text} ({message.location['url']})"))
        self.page.on("request", lambda request: urlsplit(request.url).hostname not in ("127.0.0.1", None)
                     and self.strangers.append(request.url))
        self.page.on("response", lambda response: self.loaded.update(
            {response.url: int(response.headers.get("content-length", 0))}))
        if not formulas:
            self.page.route("**/mathjax/**", lambda route: route.fulfill(body="", content_type="text/javascript"))
        self.page.goto(address)

    def explorer(self, name):
        """Return the box of the explorer of that name, once it is alive."""
        self.page.evaluate("name => explorers.load(document.querySelector(`[data-explorer=\"${name}\"]`)).then(() => null)", name)
        return self.page.locator(f'[data-explorer="{name}"]')

    def show(self, name, place):
        """Set the explorer of that name to a place of its grid; return its picture as RGB and its sentence."""
        png, said = self.page.evaluate(SET, [name, place])
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(png.partition(",")[2]))).convert("RGB")), said

    def close(self):
        self.context.close()


def allowed(explorer):
    """Return the share of pixels that may differ: another for letters, which a browser shapes in its own way."""
    return 0.02 if any(isinstance(artist, Text) for artist in explorer.artists.values()) else 0.005


def difference(page, name, explorer, values):
    """Return the share of pixels that differ from the explorer's own drawing, and whether the sentences are equal."""
    picture, said = page.show(name, place_of(explorer, values))
    numbers = explorer.compute(**values)
    own = explorer.frame(numbers)
    return float((np.abs(picture.astype(int) - own).max(axis=-1) > FAR).mean()), said == explorer.summarize(numbers)
