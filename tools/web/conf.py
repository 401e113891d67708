"""Sphinx's settings for the site; build.py copies them beside the pages that it writes."""

import json
from pathlib import Path

from tools import web
from tools.web.run_it_yourself import address, repository

project = html_title = "Recurrent neural networks, from the equation to real data"
author, language = "the course's authors", "en"
extensions = ["myst_nb", "sphinxext.opengraph", "sphinx_sitemap"]
exclude_patterns, html_extra_path = ["_static", "_extra"], ["_extra"]
nb_execution_mode = "off"                        # outputs as they are stored
nb_merge_streams = True
nb_render_markdown_format = "myst"               # or captions lose their formulas
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
myst_url_schemes = ("http", "https")
suppress_warnings = ["myst.header"]              # a solution starts with the heading of its exercise
highlight_language = "python"
mathjax_path = "mathjax/tex-chtml.js"
html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("player.js", {"defer": "defer"})]
html_baseurl = address()
html_context = {"default_mode": "auto"} | json.loads(Path("front.json").read_text(encoding="utf-8"))
html_favicon = "_static/favicon.svg"
html_copy_source = html_show_sourcelink = False
html_additional_pages = {"index": "front.html"}
templates_path = [str(Path(web.__file__).parent)]
html_theme_options = {
    "repository_url": f"https://github.com/{repository()}",
    "use_repository_button": True, "use_download_button": False, "use_fullscreen_button": False,
    "show_navbar_depth": 1, "home_page_in_toc": False,
    "navbar_persistent": [],                     # or a hidden bar has a second set of buttons, and the script hears those alone
}
ogp_site_url, ogp_social_cards = html_baseurl, {"enable": False}
ogp_image, ogp_image_alt = f"{html_baseurl}_static/preview.png", "A gradient that vanishes over sixty steps"
sitemap_url_scheme, sitemap_show_lastmod = "{link}", False
linkcheck_anchors = False


def setup(app):
    """Have the arrows at a page's end stay in the course, or among the solutions."""
    def part(name):
        return "teaching" if "teaching" in name else "solutions" if "-solutions" in name else "course"

    def stay(app, pagename, templatename, context, doctree):
        for arrow in ("prev", "next"):
            if context.get(arrow) and part(context[arrow]["link"]) != part(pagename):
                context[arrow] = None
    app.connect("html-page-context", stay)
