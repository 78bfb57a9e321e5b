// Draws a card and tells the kernel what was done. What may be answered, what counts and what is kept is decided there.
// `chart` and `find` stand in chart.js, which is added to this script.

const PATIENCE = 6000; // ms without an acknowledgement before the trainee is told

// Each card loads this script anew: without a name of its own, the radio buttons of two cards would be one group.
const scope = Math.random().toString(36).slice(2);
let counter = 0;

/** An element: tag, attributes, children. Text is set as text; only `html` (content, made safe by the kernel) is markup. */
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "html") node.innerHTML = value;
    else if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

const unique = (word) => `alliancelab-${word}-${scope}-${++counter}`;

/** What the trainee did goes down numbered; until its number comes back it is not saved. */
class Line {
  constructor(model, status) {
    this.model = model;
    this.status = status;
    this.draft = model.get("face").draft;
    this.sent = Date.now(); // numbers grow over reloads of the page, too
    this.waiting = null;
    this.awaited = 0;
  }

  say(value, more = {}) {
    this.sent += 1;
    this.awaited = this.sent;
    this.store(value);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.lost(), PATIENCE);
    this.model.set("said", { n: this.sent, value, ...more });
    this.model.save_changes();
  }

  lost() {
    this.show(false, "Not saved yet: the lesson has lost its connection. Reload this page; what you did here is remembered.");
  }

  heard() {
    const view = this.model.get("view");
    if (view.n && view.n < this.awaited) return; // an answer to something older
    if (view.n) {
      clearTimeout(this.waiting);
      this.awaited = 0;
      if (view.saved.ok || !view.saved.keep) this.forget();
    }
    if (view.saved.text) this.show(view.saved.ok, view.saved.text);
  }

  show(ok, text) {
    this.status.textContent = text;
    this.status.classList.toggle("is-bad", !ok);
  }

  // An answer that was not acknowledged outlives the page: it is tried again when the card is next drawn.
  store(value) {
    if (!this.draft) return;
    try { localStorage.setItem(this.draft, JSON.stringify(value)); } catch { /* private window: nothing to outlive */ }
  }

  forget() {
    if (!this.draft) return;
    try { localStorage.removeItem(this.draft); } catch { /* as above */ }
  }

  remembered() {
    if (!this.draft) return undefined;
    try {
      const kept = localStorage.getItem(this.draft);
      return kept === null ? undefined : JSON.parse(kept);
    } catch { return undefined; }
  }
}

/* ---- the questions: each returns {node, value(), set(answer)} ---- */

function choose(face, changed) {
  const name = unique("choice");
  const inputs = face.options.map(([slug]) =>
    make("input", { type: face.several ? "checkbox" : "radio", name, id: unique("option"), value: slug, onchange: changed }));
  const rows = face.options.map(([, html], n) =>
    make("div", { class: "al-option" }, inputs[n], make("label", { for: inputs[n].id, html })));
  return {
    node: make("fieldset", {}, make("legend", { html: face.ask }), ...rows),
    value: () => inputs.filter((input) => input.checked).map((input) => input.value),
    set: (answer) => inputs.forEach((input) => { input.checked = (answer ?? []).includes(input.value); }),
  };
}

function order(face, changed) {
  const label = unique("order");
  const list = make("ol", { class: "al-order", "aria-labelledby": label });
  const announce = make("p", { class: "al-quiet", role: "status" });
  const texts = Object.fromEntries(face.steps);
  let slugs = face.steps.map(([slug]) => slug);

  function move(slug, by) {
    const at = slugs.indexOf(slug);
    slugs.splice(at, 1);
    slugs.splice(at + by, 0, slug);
    draw(slug, by);
    announce.textContent = `Now in place ${slugs.indexOf(slug) + 1} of ${slugs.length}.`;
    changed();
  }

  function draw(moved, by) {
    list.replaceChildren(...slugs.map((slug, at) => {
      const plain = make("span", { html: texts[slug] }).textContent;
      const arrow = (sign, step, word, off) => make("button", {
        type: "button", class: "al-arrow", text: sign, disabled: off, "data-by": step,
        "aria-label": `Move ${word}: ${plain}`, onclick: () => move(slug, step),
      });
      return make("li", { "data-slug": slug },
        make("span", { class: "al-arrows" }, arrow("↑", -1, "up", at === 0), arrow("↓", 1, "down", at === slugs.length - 1)),
        make("span", { html: texts[slug] }));
    }));
    if (moved === undefined) return;
    const row = list.querySelector(`[data-slug="${CSS.escape(moved)}"]`);
    (row.querySelector(`[data-by="${by}"]:not(:disabled)`) ?? row.querySelector("button:not(:disabled)"))?.focus();
  }

  const keep = make("button", { type: "button", class: "al-link", text: "Keep this order", onclick: changed });
  draw();
  return {
    node: make("div", {}, make("p", { class: "al-ask", id: label, html: face.ask }), list, keep, announce),
    value: () => slugs,
    set: (answer) => {
      keep.hidden = Boolean(answer) || Boolean(face.once);
      if (answer && answer.join() !== slugs.join()) { slugs = [...answer]; draw(); }
    },
  };
}

function rate(face, changed) {
  const [low, high] = face.scale;
  const groups = face.aspects.map(([slug, html]) => {
    const name = unique("rating");
    const inputs = Array.from({ length: high - low + 1 }, (_, n) =>
      make("input", { type: "radio", name, id: unique("number"), value: low + n, onchange: changed }));
    const numbers = inputs.map((input) =>
      make("span", { class: "al-number" }, input, make("label", { for: input.id, text: input.value })));
    const node = make("fieldset", { class: "al-rating" }, make("legend", { html }),
      make("div", { class: "al-numbers" }, ...numbers),
      make("div", { class: "al-ends" }, make("span", { text: `${low} ${face.ends[0]}` }), make("span", { text: `${high} ${face.ends[1]}` })));
    return { slug, inputs, node };
  });
  return {
    node: make("div", { role: "group", "aria-label": face.title }, make("p", { class: "al-ask", html: face.ask }), ...groups.map((group) => group.node)),
    value: () => Object.fromEntries(groups.flatMap(({ slug, inputs }) => {
      const chosen = inputs.find((input) => input.checked);
      return chosen ? [[slug, Number(chosen.value)]] : [];
    })),
    set: (answer) => groups.forEach(({ slug, inputs }) =>
      inputs.forEach((input) => { input.checked = Number(input.value) === (answer ?? {})[slug]; })),
  };
}

function code(face, changed) {
  const selects = {};
  const rows = face.lines.map(([who, html, slug]) => {
    const said = make("div", { class: "al-said" }, make("strong", { text: `${who}: ` }), make("span", { html }));
    if (slug === null) return make("li", { class: "al-line" }, said);
    const plain = make("span", { html }).textContent;
    selects[slug] = make("select", { "aria-label": `Label for: ${plain}`, onchange: changed },
      make("option", { value: "", text: "Choose a label" }),
      ...face.labels.map(([value, text]) => make("option", { value, text })));
    return make("li", { class: "al-line is-you" }, said, selects[slug]);
  });
  return {
    node: make("div", { role: "group", "aria-label": face.title }, make("p", { class: "al-ask", html: face.ask }), make("ul", { class: "al-exchange" }, ...rows)),
    value: () => Object.fromEntries(Object.entries(selects).flatMap(([slug, select]) => (select.value ? [[slug, select.value]] : []))),
    set: (answer) => Object.entries(selects).forEach(([slug, select]) => { select.value = (answer ?? {})[slug] ?? ""; }),
  };
}

function write(face, changed) {
  const [from, to] = face.words;
  const id = unique("words");
  const count = make("p", { class: "al-quiet" });
  const box = make("textarea", { id, rows: 9, "aria-describedby": unique("count") });
  count.id = box.getAttribute("aria-describedby");
  let timer = null;
  const tell = () => {
    const number = (box.value.match(/\S+/g) ?? []).length;
    count.textContent = `${number} ${number === 1 ? "word" : "words"}; about ${from} to ${to} are asked for.`;
  };
  const settle = () => { if (timer !== null) { clearTimeout(timer); timer = null; changed(); } };
  box.addEventListener("input", () => { tell(); clearTimeout(timer); timer = setTimeout(settle, 900); });
  box.addEventListener("blur", settle);
  tell();
  return {
    node: make("div", {}, make("label", { class: "al-ask", for: id, html: face.ask }), box, count),
    value: () => box.value,
    // While the box is being written in, what comes back from the kernel must not move the cursor.
    set: (answer) => { if (document.activeElement !== box && timer === null) { box.value = answer ?? ""; tell(); } },
    settle,
  };
}

function fill(face, changed) {
  const boxes = {};
  let timer = null;
  const settle = () => { if (timer !== null) { clearTimeout(timer); timer = null; changed(); } };
  const rows = face.fields.map(([slug, html]) => {
    const id = unique("field");
    boxes[slug] = make("textarea", { id, rows: 2, onblur: settle, oninput: () => { clearTimeout(timer); timer = setTimeout(settle, 900); } });
    return make("div", { class: "al-field" }, make("label", { for: id, html }), boxes[slug]);
  });
  return {
    node: make("div", { role: "group", "aria-label": face.title }, make("p", { class: "al-ask", html: face.ask }), ...rows),
    value: () => Object.fromEntries(Object.entries(boxes).map(([slug, box]) => [slug, box.value])),
    set: (answer) => {
      if (timer !== null) return;
      for (const [slug, box] of Object.entries(boxes)) if (document.activeElement !== box) box.value = (answer ?? {})[slug] ?? "";
    },
    settle,
  };
}

/** A scale to fill in: what has to be said about it first, its lines, and the scores as far as there are answers. */
function scale(face, changed) {
  const lines = rate(face, changed);
  lines.node.prepend(make("p", { class: "al-title", role: "heading", "aria-level": "3", text: face.title }), make("p", { class: "al-note", html: face.note }));
  const scores = make("dl", { class: "al-scores" });
  lines.node.append(make("div", { class: "al-feedback" }, make("p", { class: "al-ask", text: "Your scores, the reversed lines turned round" }), scores));
  return {
    ...lines,
    tell: (view) => scores.replaceChildren(...view.scores.map(([name, score]) =>
      make("div", {}, make("dt", { text: name }), make("dd", { text: score })))),
  };
}

const QUESTIONS = { choose, order, rate, code, write, fill, find, scale };

/** Hints come one at a time, when they are asked for. */
function hints(face) {
  const all = face.hints ?? [];
  if (!all.length) return null;
  const list = make("ol", { class: "al-hints", "aria-live": "polite", "aria-label": "Hints" });
  const more = make("button", { type: "button", class: "al-link", text: "Give me a hint", onclick: () => {
    list.append(make("li", { html: all[list.children.length] }));
    more.hidden = list.children.length === all.length;
    more.textContent = `Another hint (${list.children.length} of ${all.length} given)`;
    if (more.hidden) { list.tabIndex = -1; list.focus(); }
  } });
  return make("div", { class: "al-help" }, list, more);
}

const SIGNS = { right: ["✓", "agrees: "], partly: ["◐", "partly: "], wrong: ["✗", "differs: "], said: ["·", ""] };

function remarks(list) {
  return make("ul", { class: "al-remarks" }, ...list.map(({ sign, part, why }) =>
    make("li", { class: `is-${sign}` },
      make("span", { class: "al-sign", "aria-hidden": "true", text: SIGNS[sign][0] }),
      make("div", {}, make("span", { class: "al-unseen", text: SIGNS[sign][1] }), make("strong", { html: part }), " ", make("span", { html: why })))));
}

function question(model, root) {
  const face = model.get("face");
  const status = make("p", { class: "al-status", role: "status" });
  const feedback = make("div", { class: "al-feedback", tabindex: "-1" });
  const line = new Line(model, status);
  const asked = QUESTIONS[face.kind](face, () => {
    if (face.once) return; // kept when it is answered, not while it is put together
    feedback.replaceChildren();
    line.show(true, "Saving…");
    line.say(asked.value());
  });
  const compare = make("button", { type: "button", class: "al-button", text: face.compare, onclick: () => {
    asked.settle?.();
    wanted = true;
    line.say(asked.value(), more);
  } });
  const more = { compare: true, card: face.name };
  let wanted = false;
  root.append(...[asked.node, make("div", { class: "al-foot" }, face.compare ? compare : null, status), hints(face), feedback].filter(Boolean));

  function draw() {
    const view = model.get("view");
    if (view.n && view.n < line.awaited) return;
    if (!view.n || view.saved.ok) asked.set(view.answer);
    line.heard();
    asked.tell?.(view);
    const told = view.feedback;
    feedback.replaceChildren(...(told ? [
      make("p", {}, make("strong", { text: told.text }), " The author’s judgement, with the reasons:"),
      remarks(told.remarks),
      told.source ? make("p", { class: "al-quiet" }, "Source: ", make("a", { href: told.source[1], target: "_blank", rel: "noopener", text: told.source[0] })) : null,
    ].filter(Boolean) : view.model ? [
      make("p", {}, make("strong", { text: "One good answer among many:" })),
      ...view.model.map((html) => make("p", { class: "al-model", html })),
    ] : []));
    if (face.once) {
      compare.hidden = Boolean(told);
      for (const control of asked.node.querySelectorAll("input, select, button")) control.disabled ||= Boolean(told);
    }
    if ((told || view.model) && wanted) feedback.focus();
    wanted = false;
  }
  draw();
  const left = line.remembered();
  if (left !== undefined) { asked.set(left); line.say(left, face.once ? more : {}); }
  return draw;
}

/* ---- the conversation ---- */

function meter([name, value, step]) {
  const changed = step ? `${step > 0 ? "+" : "−"}${Math.abs(step)}` : "";
  return make("div", { class: "al-meter" },
    make("span", { class: "al-feature", text: name }),
    make("div", { class: "al-bar", role: "meter", "aria-label": name, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": value,
      "aria-valuetext": `${value} of 100${changed ? `, ${changed} by your last reply` : ""}` },
      make("div", { class: "al-fill", style: `width: ${value}%` })),
    make("span", { class: "al-value", "aria-hidden": "true", text: value }),
    make("span", { class: `al-step ${step < 0 ? "is-down" : "is-up"}`, "aria-hidden": "true", text: changed }));
}

function utterance(entry, open) {
  if (!entry.who) return make("div", { class: "al-told", html: entry.html });
  const you = entry.who === "You";
  const bubble = make("div", { class: `al-bubble ${you ? "is-you" : ""}` },
    make("span", { class: "al-who", text: entry.who }), make("span", { class: "al-unseen", text: ": " }), make("div", { html: entry.html }));
  if (you) {
    bubble.append(make("details", { open }, make("summary", { text: entry.change ? `${entry.moves}: ${entry.change}` : entry.moves }), make("p", { html: entry.why })));
  }
  return bubble;
}

function conversation(model, root) {
  const face = model.get("face");
  const title = unique("title");
  const status = make("p", { class: "al-status", role: "status" });
  const line = new Line(model, status);
  const meters = make("div", { class: "al-meters", role: "group", "aria-label": "The alliance now" });
  const log = make("div", { class: "al-log", role: "log", "aria-live": "polite", "aria-label": "The conversation" });
  const replies = make("div", { class: "al-replies", role: "group", "aria-label": "What do you say?" });
  const heading = make("p", { class: "al-title", id: title, role: "heading", "aria-level": "3" });
  const note = make("p", { class: "al-note" });
  const intro = make("p", { class: "al-intro" });
  root.setAttribute("aria-labelledby", title);
  root.append(...[face.heading ? make("p", { class: "al-quiet", text: face.heading }) : null, heading, note, intro, log, meters, replies,
    hints(face), make("div", { class: "al-foot" }, status)].filter(Boolean));
  let shown = [];
  let acted = false;

  function say(path) {
    acted = true;
    for (const button of replies.querySelectorAll("button")) button.disabled = true;
    line.show(true, "Saving…");
    line.say(path);
  }

  function draw() {
    const view = model.get("view");
    if (view.n && view.n < line.awaited) return;
    line.heard();
    for (const part of [note, log, meters, replies]) part.hidden = Boolean(view.wait);
    heading.textContent = view.wait ? face.title : view.title;
    intro.innerHTML = view.wait ? "" : view.intro;
    if (view.wait) { intro.textContent = view.wait; return; }
    note.innerHTML = view.note;
    note.hidden = !view.note;
    const same = shown.length <= view.log.length && shown.every((key, n) => key === view.log[n].who + view.log[n].html);
    if (!same) log.replaceChildren();
    const from = same ? shown.length : 0;
    if (from > 0 && view.log.length > from) for (const details of log.querySelectorAll("details")) details.open = false;
    const lastYou = view.log.map((entry) => entry.who).lastIndexOf("You");
    log.append(...view.log.slice(from).map((entry, n) => utterance(entry, from + n === lastYou)));
    shown = view.log.map((entry) => entry.who + entry.html);
    meters.replaceChildren(...view.alliance.map(meter));
    const again = make("button", { type: "button", class: "al-button", text: "Play it again", onclick: () => say([]) });
    const back = make("button", { type: "button", class: "al-link", text: "Take the last reply back", onclick: () => say(view.path.slice(0, -1)) });
    replies.replaceChildren(...(view.end
      ? [make("p", { class: "al-end", tabindex: "-1", text: view.end }), make("div", { class: "al-row" }, again, back)]
      : [make("p", { class: "al-prompt", text: "What do you say?" }),
        ...view.replies.map(([to, html]) => make("button", { type: "button", class: "al-reply", html, "data-to": to, onclick: () => say([...view.path, to]) })),
        view.path.length ? make("div", { class: "al-row" }, make("button", { type: "button", class: "al-link", text: "Start again", onclick: () => say([]) }), back) : null,
      ].filter(Boolean)));
    if (!acted) return;
    acted = false;
    const next = replies.querySelector(".al-end, .al-reply");
    next?.focus({ preventScroll: true });
    replies.scrollIntoView({ block: "nearest" });
  }
  draw();
  const left = line.remembered();
  if (left !== undefined) line.say(left);
  return draw;
}

/* ---- a picture that changes ---- */

function picture(model, root) {
  const image = make("img", { class: "al-image" });
  const numbers = make("div");
  root.append(image, numbers);
  function draw() {
    const view = model.get("view");
    image.src = view.src;
    image.alt = view.alt;
    numbers.innerHTML = view.numbers;
  }
  draw();
  return draw;
}

/* ---- how close one is to the key ---- */

function calibration(model, root) {
  const face = model.get("face");
  const said = make("div", { class: "al-said" });
  const note = make("p", { class: "al-quiet" });
  const differences = make("div", { class: "al-differences" });
  const pictures = make("div");
  root.append(make("p", { class: "al-title", role: "heading", "aria-level": "3", text: face.title }), said, differences, note, pictures);
  function draw() {
    const view = model.get("view");
    said.replaceChildren(...view.said.map((text) => make("p", { text })), ...view.level.map((text) => make("p", { class: "al-end", text })));
    note.textContent = view.note;
    differences.replaceChildren(...(view.rows.length ? [make("table", {},
      make("caption", { text: view.caption }),
      make("thead", {}, make("tr", {}, ...face.head.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...view.rows.map((row) => make("tr", {},
        make("th", { scope: "row" }, make("span", { html: row.passage }), make("span", { class: "al-task", html: row.ask })), make("td", { text: row.beside }), make("td", { html: row.why })))))] : []));
    pictures.replaceChildren(...view.pictures.map(({ src, alt, numbers }) =>
      make("div", {}, make("img", { class: "al-image", src, alt }), make("div", { html: numbers }))));
  }
  draw();
  return draw;
}

/* ---- the daily practice: one question at a time ---- */

function practise(model, root) {
  const heading = make("p", { class: "al-title", role: "heading", "aria-level": "2", tabindex: "-1" });
  const place = make("div");
  const end = make("div");
  const status = make("p", { class: "al-status", role: "status" });
  const line = new Line(model, status);
  let acted = false;
  const next = make("button", { type: "button", class: "al-button", onclick: () => {
    acted = true;
    line.show(true, "One moment…");
    line.say(null, { next: true });
  } });
  const row = make("div", { class: "al-row" }, next);
  root.append(heading, place, row, end, status);
  let shown = "";
  let drawQuestion = null;

  // The question's own card, with what belongs to it taken out of this card's view.
  const inner = {
    get: (name) => (name === "face" ? model.get("view").face : model.get(name)),
    set: (name, value) => model.set(name, value),
    save_changes: () => model.save_changes(),
  };

  function draw() {
    const view = model.get("view");
    if (line.awaited) {
      if (view.n < line.awaited) return;
      line.heard();
      line.show(view.saved.ok, view.face ? "" : view.saved.text);
    }
    heading.textContent = view.heading;
    row.hidden = !view.feedback;
    next.textContent = view.last ? "Finish for today" : "Next";
    const name = view.face?.draft ?? "";
    if (!view.face) {
      place.replaceChildren();
      drawQuestion = null;
    } else if (name !== shown) {
      const before = view.before.length
        ? make("div", { class: "al-log", role: "group", "aria-label": "The conversation so far" }, ...view.before.map((entry) => utterance(entry, false)))
        : null;
      const body = make("div");
      place.replaceChildren(...[before, body].filter(Boolean));
      drawQuestion = question(inner, body);
    } else drawQuestion?.();
    shown = name;
    end.replaceChildren(...(view.end ? [
      make("p", { text: view.end }),
      view.src ? make("img", { class: "al-image", src: view.src, alt: view.alt }) : null,
      view.src ? make("div", { html: view.numbers }) : null,
    ].filter(Boolean) : []));
    if (acted) { heading.focus(); heading.scrollIntoView({ block: "nearest" }); }
    acted = false;
    if (view.end && view.picture && !view.src && !line.awaited) line.say(null, { picture: true }); // after the words: it takes longer
  }
  draw();
  return draw;
}

/* ---- the last card ---- */

function finish(model, root) {
  const status = make("p", { class: "al-status", role: "status" });
  const said = make("p", { class: "al-end", tabindex: "-1" });
  const close = make("div", { class: "al-said" });
  const rows = make("ul", { class: "al-results" });
  const line = new Line(model, status);
  let acted = false;
  const act = (value) => () => { acted = true; line.show(true, "One moment…"); line.say(value()); };
  const id = unique("student");
  const student = make("input", { type: "text", id, autocomplete: "username", value: model.get("face").student });
  root.append(
    make("p", { class: "al-title", role: "heading", "aria-level": "3", text: model.get("face").title }),
    make("div", { class: "al-row" },
      make("button", { type: "button", class: "al-button", text: "Check my work", onclick: act(() => ({})) })),
    make("div", { class: "al-row al-hand-in" },
      make("span", {}, make("label", { for: id, text: "Your name in the course " }), student),
      make("button", { type: "button", class: "al-button", text: "Hand in", onclick: act(() => ({ student: student.value })) })),
    status, said, close, rows);

  function draw() {
    const view = model.get("view");
    line.heard();
    if (view.n) line.show(true, "");
    said.textContent = view.text;
    close.replaceChildren(...view.close.map((text) => make("p", { text })));
    rows.replaceChildren(...view.rows.map((row) =>
      make("li", {}, make("div", { class: "al-result" }, make("strong", { text: row.title }), make("span", { text: row.points })),
        make("p", { text: row.text }),
        row.remarks.length ? make("details", {}, make("summary", { text: "Why" }), plainRemarks(row.remarks)) : null,
        row.model.length ? make("details", {}, make("summary", { text: "One good answer among many" }), ...row.model.map((html) => make("p", { html }))) : null)));
    if (acted) said.focus();
    acted = false;
  }
  draw();
  return draw;
}

function plainRemarks(list) {
  const quoted = (text) => make("span", { text }).innerHTML;
  return remarks(list.map(({ sign, part, why }) => ({ sign, part: quoted(part), why: quoted(why) })));
}

function render({ model, el }) {
  const face = model.get("face");
  const root = make("section", { class: `alliancelab al-${face.kind}`, "aria-label": face.title, "data-item": face.name });
  // Keys meant for the card must not act on the notebook (two presses of d would delete the cell).
  for (const type of ["keydown", "keyup", "keypress"]) root.addEventListener(type, (event) => event.stopPropagation());
  const draw = { dialogue: conversation, picture, chart, calibration, practise, finish }[face.kind]?.(model, root) ?? question(model, root);
  el.append(root);
  model.on("change:view", draw);
  return () => model.off("change:view", draw);
}

export default { render };
