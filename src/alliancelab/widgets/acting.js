// What the pages share on which something is done: the desk, the hours log, the hours to sign. Each tells the kernel what
// was clicked and shows the sentence that it ends in. Whatever is shown is set as text, never as markup: there is no way
// here to do otherwise.

const PATIENCE = 6000; // ms until a click that nobody hears is said to be lost
const PIECE = 512 * 1024; // bytes of a file in one message
const MOST_DETAILS = 20; // lines under a sentence

let counter = 0;
const scope = Math.random().toString(36).slice(2);
const unique = (word) => `alliancelab-${word}-${scope}-${++counter}`;

/** An element: tag, attributes, children. */
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

const numbers = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 });
const moment = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };
const times = new Intl.DateTimeFormat("en-GB", moment);
const days = new Intl.DateTimeFormat("en-GB", { weekday: "short", ...moment });
const time = (iso) => (iso ? times.format(new Date(iso)) : "");
const day = (iso) => (iso ? days.format(new Date(iso)) : "");
const base = () => JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}").baseUrl ?? "/";

/* ---- the page ---- */

/** A page with places for actions. Whoever extends it has `called`, `build(root)`, `draw(view)` and `title`, which takes the focus. */
class Acting {
  get mostDetails() { return MOST_DETAILS; }

  constructor(model, root) {
    this.model = model;
    this.face = model.get("face");
    this.sent = Date.now(); // numbers grow over reloads of the page, too
    this.awaited = 0;
    this.places = {}; // by action: where its progress and its sentence stand
    this.quarter = -1;
    this.build(root);
    this.heard();
  }

  /** Where an action shows how far it is and what came of it. */
  place(...actions) {
    const bar = make("progress", { class: "al-progress", "aria-label": "How far this is" });
    const far = make("p", { class: "al-quiet" });
    const aloud = make("p", { class: "al-unseen", role: "status" });
    const said = make("p", { class: "al-sentence", role: "status", tabindex: "-1" });
    const details = make("ul", { class: "al-details" });
    const work = make("div", { class: "al-work", hidden: true }, bar, far);
    for (const action of actions) this.places[action] = { bar, far, aloud, said, details, work };
    return make("div", { class: "al-place" }, work, aloud, said, details);
  }

  button(text, action, about = () => ({}), kind = "al-button") {
    return make("button", { type: "button", class: kind, text, onclick: (event) => this.do(action, about(), event.currentTarget) });
  }

  section(title, ...children) {
    const id = unique("title");
    const heading = make("h3", { id, text: title });
    return make("section", { class: "al-panel", "aria-labelledby": id }, heading, ...children);
  }

  do(action, about, from) {
    this.from = from ?? document.activeElement;
    this.begin(action);
    this.sent += 1;
    this.awaited = this.sent;
    this.model.set("said", { n: this.sent, value: { do: action, ...about } });
    this.model.save_changes();
  }

  begin(action) {
    this.action = action;
    this.quarter = -1;
    this.controls.disabled = true;
    for (const { said, details, work, aloud } of Object.values(this.places)) {
      said.textContent = "";
      aloud.textContent = "";
      details.replaceChildren();
      work.hidden = true;
    }
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.end(false, `No answer: another page of this ${this.called} is busy, or it has lost its connection. Load this page again.`), PATIENCE);
  }

  end(ok, text, details = []) {
    clearTimeout(this.waiting);
    this.controls.disabled = false;
    const { work, aloud } = this.places[this.action];
    work.hidden = true;
    aloud.textContent = "";
    // What was just done may have taken away the place where it was done.
    const place = work.parentElement.closest("[hidden]") ? this.places.look : this.places[this.action];
    place.said.textContent = text;
    place.said.classList.toggle("is-bad", !ok);
    const most = details.slice(0, this.mostDetails).map((line) => make("li", { text: line, dir: "auto" }));
    if (details.length > this.mostDetails) most.push(make("li", { text: `and ${numbers.format(details.length - this.mostDetails)} more` }));
    place.details.replaceChildren(...most);
    if (text) place.said.scrollIntoView({ block: "nearest" });
    const from = this.from?.isConnected && this.from.offsetParent ? this.from : this.title;
    if (document.activeElement === document.body || !document.activeElement?.closest(".alliancelab")) from.focus({ preventScroll: true });
  }

  /** How far the kernel is; also the sign that it has heard. */
  far() {
    const { where, what, done, of } = this.model.get("work");
    const place = this.places[where];
    if (!place || !this.controls.disabled) return;
    clearTimeout(this.waiting);
    this.show(place, what, done, of);
  }

  show({ work, bar, far, aloud }, what, done, of) {
    work.hidden = false;
    if (of > 0) { bar.max = of; bar.value = done; } else { bar.removeAttribute("value"); }
    const name = what ? what[0].toUpperCase() + what.slice(1) : "One moment";
    far.textContent = of > 1 ? `${name}: ${numbers.format(done)} of ${numbers.format(of)}` : `${name}…`;
    const quarter = of > 1 ? Math.floor((4 * done) / of) : 0;
    if (quarter !== this.quarter) aloud.textContent = far.textContent; // not each of ten thousand is read out
    this.quarter = quarter;
  }

  /** Files go down in pieces, and then the action is done with them. */
  async upload(action, files, about = {}) {
    this.from = document.activeElement;
    this.begin(action);
    const total = files.reduce((sum, file) => sum + file.size, 0);
    let gone = 0;
    let first = true;
    for (const [number, file] of files.entries()) {
      let at = 0;
      do {
        const piece = await file.slice(at, at + PIECE).arrayBuffer();
        const answer = await this.piece({ do: "piece", first, file: number, name: file.name }, piece);
        if (answer.refused) return this.end(false, answer.refused);
        first = false;
        at += PIECE;
        gone += piece.byteLength;
        this.show(this.places[action], "bring in the files", Math.floor(gone / 1024), Math.ceil(total / 1024));
      } while (at < file.size);
    }
    this.do(action, { ...about, uploaded: files.length }, this.from);
  }

  /** One piece of a file goes down, and its answer comes back. */
  piece(about, bytes) {
    const n = ++counter;
    return new Promise((resolve) => {
      const heard = (answer) => {
        if (answer.taken !== n) return;
        this.model.off("msg:custom", heard);
        clearTimeout(late);
        resolve(answer);
      };
      const late = setTimeout(() => heard({ taken: n, refused: `The files did not arrive: the ${this.called} has lost its connection. Load this page again.` }), 5 * PATIENCE);
      clearTimeout(this.waiting);
      this.model.on("msg:custom", heard);
      this.model.send({ ...about, n }, undefined, bytes ? [bytes] : []);
    });
  }

  /** An action with a passphrase, which goes down beside it and is kept neither here nor in the page's state. */
  async doWithSecret(action, about, field) {
    const secret = field.value;
    field.value = "";
    this.from = field;
    this.begin(action);
    const answer = await this.piece({ do: "secret", secret });
    if (answer.refused) return this.end(false, answer.refused);
    this.do(action, about, field);
  }

  /** A place for files: chosen, or dropped; the action is done with them at once. */
  drop(text, action, accept, multiple = true) {
    const files = make("input", { type: "file", id: unique("files"), multiple, accept });
    const place = make("div", { class: "al-drop" }, make("label", { for: files.id, text }), files);
    const upload = async (chosen) => {
      await this.upload(action, [...chosen]);
      files.value = "";
    };
    files.addEventListener("change", () => files.files.length && upload(files.files));
    place.addEventListener("dragover", (event) => { event.preventDefault(); place.classList.add("is-over"); });
    place.addEventListener("dragleave", () => place.classList.remove("is-over"));
    place.addEventListener("drop", (event) => {
      event.preventDefault();
      place.classList.remove("is-over");
      if (event.dataTransfer.files.length && !this.controls.disabled) upload(event.dataTransfer.files);
    });
    return place;
  }

  keepFile({ name, text }) {
    const href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    const link = make("a", { href, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(href), PATIENCE);
  }

  /* what is shown */

  heard() {
    const view = this.model.get("view");
    if (view.n && view.n < this.awaited) return; // an answer to something older
    this.draw(view);
    if (view.n && view.n === this.awaited) {
      this.awaited = 0;
      this.end(view.said.ok, view.said.text, view.said.details);
      this.after(view);
      if (view.file) this.keepFile(view.file);
    } else if (!view.n && view.said.text) {
      this.action = "look";
      this.end(view.said.ok, view.said.text);
    }
  }

  /** What is still to do once an action has ended and its sentence is there. */
  after() {}

  /** The page has come back into view. */
  back() {}
}

/** How a page of this kind is drawn. */
const drawnAs = (Kind, name) => ({ model, el }) => {
  const root = make("section", { class: `alliancelab al-acting ${name}`, "aria-label": model.get("face").title, "data-item": model.get("face").name });
  // Keys meant for the page must not act on the notebook (two presses of d would delete the cell).
  for (const type of ["keydown", "keyup", "keypress"]) root.addEventListener(type, (event) => event.stopPropagation());
  const page = new Kind(model, root);
  const [heard, far, back] = [() => page.heard(), () => page.far(), () => page.back()];
  el.append(root);
  model.on("change:view", heard);
  model.on("change:work", far);
  document.addEventListener("visibilitychange", back);
  return () => {
    model.off("change:view", heard);
    model.off("change:work", far);
    document.removeEventListener("visibilitychange", back);
  };
};
