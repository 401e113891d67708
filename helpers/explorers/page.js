const title = TITLE;
// What an explorer needs of the page beyond what ipywidgets gives: names, the summary read out, keys that stay in, sharp pictures.
// It runs in the page with each view of an explorer; page_script.py puts in its name.
//
// ipywidgets 8 leaves nameless a slider's handle, the number beside it, the play buttons and the picture, and no trait reaches
// them. It also replaces all that is inside of an HTML widget, so a live region has to stand outside of it.
const rest = 400;         // milliseconds without a change after which the summary is read out: not each step of a held key
const kept = 5000;        // milliseconds that it then stays: someone who walks through the page meets the visible one alone
const region = document.createElement("div");
region.setAttribute("role", "status");
region.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)";
let box, seen, timer;

function say(text, after) {
    clearTimeout(timer);
    timer = setTimeout(() => { region.textContent = text; if (text) say("", kept); }, after);
}

function name(element, label) {
    if (element && element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label);
}

function look() {
    for (const slider of box.querySelectorAll(".widget-slider")) {
        const label = slider.querySelector(".widget-label").textContent, number = slider.querySelector(".widget-readout");
        name(slider.querySelector("[role=slider]"), label);
        name(number, `${label}, number`);
        number?.setAttribute("role", "textbox");
    }
    for (const play of box.querySelectorAll(".widget-play")) {
        const label = play.previousElementSibling?.querySelector(".widget-label")?.textContent;
        play.querySelectorAll("button").forEach((button, place) =>
            name(button, `${["Play or pause", "Stop", "Repeat"][place]}: ${label}`));
    }
    name(box.querySelector(".explorer-reset"), `Reset ${title}`);
    const text = box.querySelector(".explorer-summary .widget-html-content")?.textContent;
    const picture = box.querySelector("img.widget-image");
    if (!text || !picture || text === seen) return;
    picture.alt = `Picture of the explorer ${title}. ${text}`;
    if (seen) say(text, rest);          // not as it opens
    seen = text;
}

// The kernel draws as many pixels as the screen has. ipywidgets sends what is typed into a box, so the script types it there.
function tellRatio() {
    const input = box.querySelector(".explorer-ratio input");
    if (!input) return;
    const ratio = Math.min(3, Math.max(1, Math.round(4 * window.devicePixelRatio) / 4));
    if (Number(input.value) === ratio) return;
    input.value = ratio;
    input.dispatchEvent(new Event("change", {bubbles: true}));
}

function begin() {
    box = element.closest(".explorer");
    if (!box) return setTimeout(begin, 50);                     // not on the page yet
    tellRatio();
    box.append(region);
    box.setAttribute("role", "group");
    name(box, `Explorer ${title}`);
    new MutationObserver(look).observe(box, {childList: true, subtree: true});
    look();
}

// With the focus on a slider, a button or a list, JupyterLab takes a letter for a command: d d deletes the explorer. So
// plain keys stay in the explorer; Ctrl, Cmd or Alt with a key, and Shift+Enter, reach the notebook as from everywhere.
function guard(event) {
    const command = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
    if (event.target.closest?.(".explorer")) event.target.toggleAttribute("data-lm-suppress-shortcuts", !command);
}

if (!window.explorersGuarded) {                                 // once for all explorers of the page
    window.explorersGuarded = true;
    window.addEventListener("keydown", guard, true);            // before JupyterLab's own
    const look = document.createElement("style");               // the stored picture, and its caption, are behind a live explorer's view
    const still = ".jp-OutputArea-child:has(.explorer) + .jp-OutputArea-child:has(.jp-RenderedImage)";
    look.textContent = `${still}, ${still} + .jp-OutputArea-child {display: none}`;
    document.head.append(look);
}
begin();
