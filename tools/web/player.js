// Replays explorers without a kernel: draws on a canvas, above a background, what export.py wrote down for each setting.
"use strict";
window.explorers = (() => {
  const FINE = 8, BREAK = -32768, READ_AFTER = 400, PLAYING = 12000;
  const waiting = new Map();                        // name -> what to call once its file has come
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  async function unpack(base64) {
    const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const buffer = await new Response(stream).arrayBuffer();
    const size = new DataView(buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
    let at = 4 + size;
    function planes(count, width) {                 // all lowest bytes first, then the second ones: see planes() there
      const numbers = new Int32Array(count), part = new Uint8Array(buffer, at, count * width);
      at += count * width;
      for (let byte = 0; byte < width; byte++) for (let i = 0; i < count; i++) numbers[i] |= part[byte * count + i] << (8 * byte);
      return numbers;
    }
    const steps = planes(head.positions, 2), whole = planes(head.numbers, 4);
    let from = 0;
    function run(count) {                           // numbers were stored as differences
      const part = whole.subarray(from, from += count);
      for (let i = 1; i < count; i++) part[i] += part[i - 1];
      return part;
    }
    const starts = run(head.columns), lengths = run(head.columns), counts = run(head.artists), flat = run(head.drawings);
    const shown = Array.from({length: head.artists}, () => run(head.settings)), said = run(head.settings);
    // Columns that begin another one lie inside it, so each whole column is summed up once, from its start.
    const positions = Int16Array.from(steps), begins = new Uint8Array(head.positions + 1);
    for (const start of starts) begins[start] = 1;
    for (let i = 1; i < positions.length; i++) if (!begins[i]) positions[i] += positions[i - 1];
    const column = id => positions.subarray(starts[id], starts[id] + lengths[id]);
    let place = 0;
    const drawings = Array.from(counts, count => Array.from({length: count}, () => {
      const end = flat[place] + ++place, operations = [];
      while (place < end) {
        const style = head.styles[flat[place++]], x = column(flat[place++]), y = column(flat[place++]);
        operations.push({style, x, y, rest: style.image || style.font ? flat[place++] : null});
      }
      return operations;
    }));
    return {...head, shown, said, drawings, column};
  }

  function snapped(value, width, ratio) {           // as matplotlib's Agg does it: straight lines on whole pixels
    const odd = Math.round(width * ratio) % 2 ? 0.5 : 0;
    return (Math.floor(value * ratio + 0.5) + odd) / ratio;
  }

  function shape_of(style, ratio) {                 // a marker's outline around 0, 0
    const move = number => snapped(+number, style.line ? style.width : 0, ratio);
    return new Path2D(style.snap ? style.marker.replace(/-?[\d.]+/g, move) : style.marker);
  }

  function pen(c, style) {
    c.strokeStyle = style.line || "transparent";
    c.fillStyle = style.fill || "transparent";
    c.lineWidth = style.width || 1;
    c.lineCap = style.cap || "butt";
    c.lineJoin = style.join || "round";
    c.setLineDash(style.dash || []);
    c.lineDashOffset = style.offset || 0;
  }

  const paint = {
    path(c, {style, x, y}, ratio) {
      const move = style.snap ? value => snapped(value, style.line ? style.width : 0, ratio) : value => value;
      let lift = true;
      c.beginPath();
      for (let i = 0; i < x.length; i++) {
        if (x[i] === BREAK || y[i] === BREAK) { lift = true; continue; }
        c[lift ? "moveTo" : "lineTo"](move(x[i] / FINE), move(y[i] / FINE));
        lift = false;
      }
      if (style.fill) c.fill();
      if (style.line) c.stroke();
    },
    marker(c, {style, x, y}, ratio) {
      const shape = style.shape || (style.shape = shape_of(style, ratio));
      const place = value => (Math.floor(value / FINE * ratio + 0.5) + (style.snap ? 0 : 0.5)) / ratio;      // as Agg places it
      for (let i = 0; i < x.length; i++) {
        const left = place(x[i]), top = place(y[i]);
        c.translate(left, top);
        if (style.fill) c.fill(shape);
        if (style.line) c.stroke(shape);
        c.translate(-left, -top);
      }
    },
    image(c, {style, x, y, rest}, ratio, file) {
      const [rows, columns] = style.image, tiles = file.tiles || (file.tiles = new Map()), key = `${rest} ${columns}`;
      if (!tiles.has(key)) {                        // one more cell on each side, so that no edge is blurred
        const tile = document.createElement("canvas"), cells = file.column(rest), pixels = new Uint32Array((rows + 2) * (columns + 2));
        const inside = (at, count) => Math.min(Math.max(at - 1, 0), count - 1);
        for (let i = 0; i < rows + 2; i++) for (let j = 0; j < columns + 2; j++) {
          pixels[i * (columns + 2) + j] = file.colors[cells[inside(i, rows) * columns + inside(j, columns)]];
        }
        [tile.width, tile.height] = [columns + 2, rows + 2];
        tile.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), columns + 2, rows + 2), 0, 0);
        tiles.set(key, tile);
      }
      const [left, top, right, bottom] = [x[0], y[1], x[1], y[0]].map(value => value / FINE);
      const whole = value => Math.round(value * ratio) / ratio, size = value => Math.ceil(value * ratio) / ratio;
      const [width, height, high] = [(right - left) / columns, (bottom - top) / rows, size(bottom - top)];
      c.beginPath();
      c.rect(whole(left), whole(bottom) - high, size(right - left), high);
      c.clip();
      c.imageSmoothingEnabled = false;
      c.drawImage(tiles.get(key), left - width, top - height, right - left + 2 * width, bottom - top + 2 * height);
    },
    text(c, {style, x, y, rest}, ratio, file) {
      const words = file.strings[rest], whole = value => Math.round(value * ratio) / ratio;
      c.font = style.font;
      c.textRendering = "geometricPrecision";       // letters where their widths put them, not on whole pixels
      c.letterSpacing = "0px";                      // as wide as there, whatever this machine makes of the font
      c.letterSpacing = `${((x[1] - x[0]) / FINE - c.measureText(words).width) / words.length}px`;
      c.fillText(words, x[0] / FINE, whole(y[0] / FINE));
    },
  };

  function draw(c, file, setting, ratio) {
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, file.width, file.height);
    for (let artist = 0; artist < file.artists; artist++) {
      for (const operation of file.drawings[artist][file.shown[artist][setting]]) {
        const style = operation.style;
        c.save();
        if (style.clip) { c.beginPath(); c.rect(...style.clip); c.clip(); }
        pen(c, style);
        paint[style.image ? "image" : style.font ? "text" : style.marker !== undefined ? "marker" : "path"](c, operation, ratio, file);
        c.restore();
      }
    }
  }

  function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  class Player {
    constructor(root, file) {
      Object.assign(this, {root, file, at: file.controls.map(control => control.start)});
      const chosen = root.dataset.controls?.split(" ");      // of the front page: the few that it has room for
      this.offered = file.controls.filter(control => control.values.length > 1 && (!chosen || chosen.includes(control.name)));
      this.ratio = Math.max(1, window.devicePixelRatio || 1);
      const canvas = this.canvas = element("canvas", {width: file.width * this.ratio, height: file.height * this.ratio});
      const still = root.querySelector("img"), folder = root.dataset.folder;
      const ground = element("img", {alt: "", width: file.width, height: file.height, className: "explorer-ground"});
      ground.srcset = [1, 2].map(n => `${folder}${root.dataset.explorer}-${n}.webp?v=${root.dataset.version} ${n}x`).join(", ");
      canvas.setAttribute("role", "img");
      this.summary = element("p", {className: "explorer-summary"});
      this.status = element("p", {className: "explorer-status"});
      this.status.setAttribute("role", "status");
      this.trouble = element("p", {className: "explorer-trouble"});
      this.trouble.setAttribute("role", "alert");
      this.picture = element("div", {className: "explorer-picture"}, ground, canvas);
      this.picture.style.setProperty("--shape", file.width / file.height);
      this.tries = element("p", {className: "explorer-try try"});       // the steps of the item that was pressed, beside the picture
      this.inputs = new Map();
      const panel = element("div", {className: "explorer-controls"}, ...this.offered.map(control => this.control(control)));
      const reset = element("button", {type: "button", textContent: "Reset"});
      reset.setAttribute("aria-label", `Reset ${file.name}`);
      reset.addEventListener("click", () => this.set({}));
      const larger = element("button", {type: "button", className: "explorer-larger", textContent: "Larger"});    // on a phone
      larger.setAttribute("aria-pressed", "false");
      larger.addEventListener("click", () => larger.setAttribute("aria-pressed", this.picture.classList.toggle("large")));
      panel.append(reset, larger);
      const fixed = file.controls.filter(control => !this.offered.includes(control))
        .map(control => `${control.label} (here ${control.values[control.start]})`);
      const note = element("p", {className: "explorer-note", hidden: !!chosen,
        textContent: `On this page you choose from ${file.settings.toLocaleString("en")} settings that were computed beforehand. In JupyterLab every value works`
          + (fixed.length ? `, and you can also change ${fixed.join(", ")}.` : ".")});
      root.setAttribute("role", "group");
      root.setAttribute("aria-label", `Explorer: ${file.name}`);
      root.replaceChildren(panel, this.trouble, this.tries, this.picture, this.summary, this.status, note);
      this.still = still;
      this.show();
    }

    control(control) {
      const id = `${this.root.dataset.explorer}-${control.name}`, output = element("span", {className: "explorer-value"}), label = element("label", {htmlFor: id, textContent: control.label});
      const row = element("div", {className: "explorer-control"}, label);
      const place = this.file.controls.indexOf(control);
      let input, read, write;
      if (control.kind === "list") {
        input = element("select", {id}, ...control.values.map((value, i) => new Option(value, i)));
        [read, write] = [() => +input.value, i => { input.value = i; }];
      } else if (control.kind === "box") {
        input = element("input", {id, type: "checkbox"});
        [read, write] = [() => control.values.indexOf(input.checked ? "on" : "off"), i => { input.checked = control.values[i] === "on"; }];
      } else if (control.kind === "text") {
        const choices = element("datalist", {id: `${id}-list`}, ...control.values.map(value => element("option", {value})));
        input = element("input", {id, type: "text", autocomplete: "off", spellcheck: false});
        input.setAttribute("list", choices.id);
        row.append(choices);
        output.textContent = `one of ${control.values.length} that this page knows`;
        output.id = `${id}-known`;
        input.setAttribute("aria-describedby", output.id);
        row.append(output);
        const plain = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trimStart();
        const known = control.values.map(plain);
        [read, write] = [() => known.indexOf(plain(input.value)), i => { input.value = control.values[i]; }];
        input.nearest = () => known.reduce((best, value, i) => value && plain(input.value).startsWith(value)
          && value.length > (known[best] ?? "").length ? i : best, -1);
      } else {
        input = element("input", {id, type: "range", min: 0, max: control.values.length - 1, step: 1});
        [read, write] = [() => +input.value, i => { input.value = i; }];
        output.setAttribute("aria-hidden", "true");  // the slider itself says its value
        row.append(output);
      }
      const show = i => {
        write(i);
        if (control.kind === "slider") { output.textContent = control.values[i]; input.setAttribute("aria-valuetext", control.values[i]); }
      };
      this.inputs.set(control.name, show);
      show(control.start);
      input.addEventListener("input", () => {
        this.stop();
        const i = read();
        if (i < 0) { this.unknown(control, input); return; }
        this.at[place] = i;
        if (control.kind === "slider") show(i);
        this.show();
      });
      label.after(input);
      if (control.name === this.file.play) {
        this.button = element("button", {type: "button", className: "explorer-play"});
        this.button.addEventListener("click", () => this.timer ? this.stop() : this.play(false));
        row.append(this.button);
        this.name_button();
      }
      return row;
    }

    name_button() {
      if (!this.button) return;
      const word = this.timer ? "Pause" : calm() ? "Next" : "Play";
      this.button.textContent = word;
      this.button.setAttribute("aria-label", `${word} ${this.file.controls.find(c => c.name === this.file.play).label}`);
    }

    unknown(control, input) {                       // the longest beginning of it that is known, or what there was before
      const nearest = input.nearest(), value = input.value.trim();
      if (nearest >= 0) {
        this.at[this.file.controls.indexOf(control)] = nearest;
        this.show();
      }
      this.trouble.textContent = value && `“${value}” is not among the ${control.values.length} that this page knows, so `
        + (nearest >= 0 ? `you see “${control.values[nearest]}”. ` : "the picture is still the one before. ")
        + "Choose one from the list; in JupyterLab you can type anything.";
    }

    setting() {
      return this.file.controls.reduce((sum, control, i) => sum * control.values.length + this.at[i], 0);
    }

    show() {
      const setting = this.setting(), said = this.file.strings[this.file.said[setting]];
      draw(this.canvas.getContext("2d"), this.file, setting, this.ratio);
      this.summary.textContent = said;
      this.trouble.textContent = "";
      this.pressed?.removeAttribute("aria-pressed");
      this.canvas.setAttribute("aria-label", `${this.file.name}: ${said}`);
      clearTimeout(this.reader);                    // read out once nothing has moved for a while
      if (this.ready) this.reader = setTimeout(() => { this.status.textContent = said; }, READ_AFTER);
      this.ready = true;
    }

    set(places) {                                   // what is not named goes back to its default; -1 plays
      this.stop();
      this.file.controls.forEach((control, i) => {
        this.at[i] = Math.max(0, places[control.name] ?? control.start);
        this.inputs.get(control.name)?.(this.at[i]);
      });
      this.show();
      if (places[this.file.play] === -1) this.play(true);
    }

    offer(steps, shown) {                           // once more beside the picture: the list itself may be off the screen now
      const press = button => { this.pressed = button; button.setAttribute("aria-pressed", "true"); };
      const buttons = steps.map(step => step_button(step, button => { this.set(step.places); press(button); }));
      press(buttons[steps.indexOf(shown)]);
      this.tries.replaceChildren(...(steps.length > 1 && !this.root.dataset.controls ? buttons : []));
    }

    play(anew) {
      const i = this.file.controls.findIndex(control => control.name === this.file.play), last = this.file.controls[i].values.length - 1;
      const go = place => { this.at[i] = place; this.inputs.get(this.file.play)(place); this.show(); };
      if (anew || this.at[i] === last) go(0);
      if (calm()) { if (!anew) go(Math.min(last, this.at[i] + 1)); return; }
      this.timer = setInterval(() => this.at[i] < last ? go(this.at[i] + 1) : this.stop(), Math.min(600, PLAYING / last));
      this.name_button();
    }

    stop() {
      clearInterval(this.timer);
      this.timer = null;
      this.name_button();
    }
  }

  const players = new Map();                        // name -> promise of its player

  function load(root) {
    const {explorer: name, folder, version} = root.dataset;
    if (!players.has(name)) players.set(name, new Promise((done, failed) => {
      waiting.set(name, base64 => unpack(base64).then(async file => {
        await Promise.all([...new Set(file.styles.map(style => style.font).filter(Boolean))].map(font => document.fonts.load(font)));
        done(new Player(root, file));
      }).catch(failed));
      document.head.append(element("script", {src: `${folder}${name}.js?v=${version}`, onerror: () => failed(new Error(`${name}.js did not come`))}));
    }));
    return players.get(name);
  }

  function step_button(step, pressed) {
    const button = element("button", {type: "button", textContent: step.short});
    button.setAttribute("aria-label", `Show me: ${step.label}`);
    button.addEventListener("click", () => pressed(button));
    return button;
  }

  function try_buttons(place) {
    const root = document.querySelector(`[data-explorer="${place.dataset.for}"]`), steps = JSON.parse(place.dataset.steps);
    place.append(...steps.map(step => step_button(step, async () => {
      const player = await load(root);
      player.set(step.places);
      player.offer(steps, step);
      const {top, bottom} = player.picture.getBoundingClientRect();
      if (top < 60 || bottom > innerHeight) player.picture.scrollIntoView({block: "center", behavior: calm() ? "auto" : "smooth"});
    })));
  }

  document.addEventListener("DOMContentLoaded", () => {
    const near = new IntersectionObserver(entries => entries.forEach(entry => {
      if (entry.isIntersecting) { near.unobserve(entry.target); load(entry.target); }
    }), {rootMargin: "800px"});
    document.querySelectorAll("[data-explorer]").forEach(root => near.observe(root));
    document.querySelectorAll("[data-steps]").forEach(try_buttons);
  });
  let theme;                                        // paper is white
  window.addEventListener("beforeprint", () => { theme = document.documentElement.dataset.theme; document.documentElement.dataset.theme = "light"; });
  window.addEventListener("afterprint", () => { document.documentElement.dataset.theme = theme; });
  return {receive: (name, base64) => waiting.get(name)(base64), load, draw, unpack, players};
})();
