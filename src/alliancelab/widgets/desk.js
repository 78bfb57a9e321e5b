// Draws the supervisor's desk and tells the kernel what was clicked. Whatever is shown is set as text, never as markup:
// there is no way here to do otherwise.

const PATIENCE = 6000; // ms until a click that nobody hears is said to be lost
const PIECE = 512 * 1024; // bytes of a file in one message
const SHOWN = 100; // rows of a table; the rest is found by filtering or on demand

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

/** A moment as the date picker of the browser writes it, on this machine's clock. */
function local(iso) {
  if (!iso) return "";
  const at = new Date(iso);
  return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

/* ---- tables ---- */

const STATES = { "not handed in": "is-none", "waits for grading": "is-new", "waits for you": "is-yours", done: "is-done" };

/** How a kind of column is shown (null: an empty cell), and what it is sorted by. */
const KINDS = {
  text: { show: (value) => value, key: (value) => String(value).toLowerCase() },
  number: { show: (value) => (value == null ? null : numbers.format(value)), key: (value) => value ?? -Infinity },
  points: { show: (value) => (value ? `${numbers.format(value[0])} of ${numbers.format(value[1])}` : null), key: (value) => value?.[0] ?? -Infinity },
  share: { show: (value) => (value == null ? null : `${value} %`), key: (value) => value ?? -Infinity },
  time: { show: (value) => time(value), key: (value) => (value ? Date.parse(value) : -Infinity) },
  state: { show: (value) => make("span", { class: `al-state ${STATES[value] ?? ""}`, text: value }), key: (value) => Object.keys(STATES).indexOf(value) },
  link: {
    show: (value) => (value ? make("a", { href: base() + value[1], target: "_blank", rel: "noopener", text: value[0] }) : null),
    key: (value) => (value ? value[0] : ""),
  },
};
KINDS.open = KINDS.link; // a word, where a link is a line

/** A table that can be sorted by each heading and, where it is long, filtered. `set` gives it other rows. */
function table(caption, nothing, about = "") {
  const id = unique("table");
  const filter = make("input", { type: "search", id: unique("filter"), autocomplete: "off" });
  const count = make("p", { class: "al-quiet", role: "status" });
  const more = make("button", { type: "button", class: "al-link", text: `Show ${SHOWN} more` });
  const tools = make("div", { class: "al-tools" },
    make("span", {}, make("label", { for: filter.id, text: "Find " }), filter), count);
  const head = make("tr");
  const body = make("tbody");
  const box = make("div", { class: "al-table", role: "region", tabindex: "0", "aria-labelledby": id },
    make("table", { "aria-labelledby": id }, make("thead", {}, head), body));
  const empty = make("p", { class: "al-quiet", text: nothing });
  const node = make("div", { class: "al-block" }, make("h4", { id, text: caption }), about ? make("p", { class: "al-quiet al-about", text: about }) : null, tools, box, more, empty);
  let data = { columns: [], rows: [] };
  let texts = [];
  let order = [];
  let sorted = { column: -1, down: false };
  let most = SHOWN;

  const shown = (value, kind) => {
    const content = KINDS[kind].show(value);
    return content instanceof Node ? content.textContent : String(content ?? "");
  };

  function row(number) {
    return make("tr", {}, ...data.rows[number].map((value, n) => {
      const kind = data.columns[n][1];
      const content = KINDS[kind].show(value);
      const cell = n === 0 ? make("th", { scope: "row" }) : make("td", { class: `is-${kind}` });
      if (n === 0 || kind === "text") cell.dir = "auto"; // a name in another script keeps its direction to itself
      cell.append(content ?? "");
      return cell;
    }));
  }

  function fill() {
    const wanted = filter.value.trim().toLowerCase();
    const found = wanted ? order.filter((number) => texts[number].includes(wanted)) : order;
    body.replaceChildren(...found.slice(0, most).map(row));
    more.hidden = found.length <= most;
    const all = numbers.format(data.rows.length);
    const some = numbers.format(Math.min(most, found.length));
    count.textContent = wanted ? `${numbers.format(found.length)} of ${all} found${found.length > most ? `, ${some} shown` : ""}`
      : found.length > most ? `${some} of ${all} shown` : `${all} in all`;
  }

  function sort() {
    order = data.rows.map((_, number) => number);
    if (sorted.column >= 0) {
      const { key } = KINDS[data.columns[sorted.column][1]];
      const keys = data.rows.map((cells) => key(cells[sorted.column]));
      const way = sorted.down ? -1 : 1;
      order.sort((a, b) => way * (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : 0) || a - b);
    }
    for (const [n, cell] of [...head.children].entries()) {
      if (n === sorted.column) cell.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
    fill();
  }

  filter.addEventListener("input", () => { most = SHOWN; fill(); });
  more.addEventListener("click", () => { most += SHOWN; fill(); });

  return {
    node,
    set(given) {
      const had = data.columns.map(String).join();
      data = given ?? { columns: [], rows: [] };
      texts = data.rows.map((cells) => cells.map((value, n) => shown(value, data.columns[n][1])).join(" ").toLowerCase());
      if (data.columns.map(String).join() !== had) {
        sorted = { column: -1, down: false };
        head.replaceChildren(...data.columns.map(([name], n) =>
          make("th", { scope: "col" }, make("button", { type: "button", text: name, onclick: () => {
            sorted = { column: n, down: sorted.column === n && !sorted.down };
            sort();
          } }))));
      }
      const any = data.rows.length > 0;
      box.hidden = !any;
      empty.hidden = any;
      for (const note of node.querySelectorAll(".al-about")) note.hidden = !any;
      tools.hidden = data.rows.length <= 10;
      if (tools.hidden) filter.value = "";
      sort();
    },
  };
}

/* ---- the page ---- */

class Desk {
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

  build(root) {
    const { face } = this;
    this.seen = make("p", { class: "al-quiet" });
    this.heading = make("h2", { text: face.folder.split(/[\\/]/).filter(Boolean).pop() ?? face.folder });
    const head = make("header", { class: "al-head" },
      make("div", {}, make("p", { class: "al-kicker", text: "Your desk" }), this.heading),
      make("div", { class: "al-again" }, this.button("Look again", "look", () => ({}), "al-plain"), this.seen),
      this.place("look", "choose"));

    // a folder without a course
    const boxes = face.offered.map(([slug]) => make("input", { type: "checkbox", id: unique("module"), value: slug, checked: true }));
    this.fresh = this.section("Make a course",
      make("p", { text: `This folder holds no course yet. Choose what your trainees will work on; the course is made in ${face.folder}.` }),
      make("fieldset", {}, make("legend", { text: "Modules" }),
        ...face.offered.map(([, title], n) => make("div", { class: "al-option" }, boxes[n], make("label", { for: boxes[n].id, text: title })))),
      make("div", { class: "al-row" }, this.button("Make the course", "make", () => ({ modules: boxes.filter((box) => box.checked).map((box) => box.value) }))),
      this.place("make"));

    // a course
    this.modules = make("tbody");
    this.modulesBox = make("div", { class: "al-table", role: "region", tabindex: "0", "aria-label": "The modules and how far they are" }, make("table", { class: "al-modules", "aria-label": "Modules" },
      make("thead", {}, make("tr", {}, ...["Module", "Due", "Handed in", "To grade", "To read"].map((text) => make("th", { scope: "col", text })))), this.modules));
    this.overview = this.section("Modules", make("p", { class: "al-quiet", text: "Choose a module to work on it." }), this.modulesBox);

    this.title = make("h3", { id: unique("title"), tabindex: "-1" });
    this.dueNow = make("p", { class: "al-quiet" });
    this.due = make("input", { type: "datetime-local", id: unique("due") });
    this.assign = this.button("Assign", "assign", () => ({ due: this.due.value ? new Date(this.due.value).toISOString() : null }));
    this.grade = this.button("Grade everybody", "grade");
    this.feedback = this.button("Write the feedback pages", "feedback");
    this.people = table("Who has handed in what", "Nobody is in the course yet; trainees appear once something is collected.");
    this.missed = table("Missed most often, the hardest first", "Nothing has been handed in yet.");
    this.faults = make("ul", { class: "al-details" });
    this.work = make("section", { class: "al-panel", "aria-labelledby": this.title.id }, this.title,
      make("ol", { class: "al-steps" },
        this.step("Assign", this.dueNow,
          make("div", { class: "al-field" }, make("label", { for: this.due.id, text: "Due, on your clock" }), this.due),
          make("div", { class: "al-row" }, this.assign), this.place("assign")),
        this.step("Collect", ...this.collecting()),
        this.step("Grade", make("p", { class: "al-quiet", text: "Marks that you gave stay. What has not changed is left as it is." }),
          make("div", { class: "al-row" }, this.grade), this.place("grade")),
        this.step("Send feedback", make("p", { class: "al-quiet", text: "Writes each trainee’s page, with your marks and comments." }),
          make("div", { class: "al-row" }, this.feedback), this.place("feedback"))),
      this.people.node, this.missed.node, this.faults);

    this.queue = table("Written answers that wait for you, the longest waiting first", "Nothing waits for you.");
    this.reading = this.section("To read",
      make("p", { class: "al-quiet", text: "Each opens in a new tab, in formgrader: give points and a comment there, then come back." }), this.queue.node);
    this.reading.addEventListener("click", (event) => { if (event.target.closest("a")) this.away = true; });

    this.image = make("img", { class: "al-image" });
    this.shares = table("Share of the points that each trainee earned", "");
    this.picture = make("figure", {}, this.image, make("details", {}, make("summary", { text: "The numbers" }), this.shares.node));
    this.quiet = table("Who has gone quiet", "Nobody has gone quiet.", "Nothing answered for two weeks, and a module still to hand in.");
    this.more = make("p", { class: "al-quiet" });
    this.readAll = make("div", { class: "al-block" }, this.more,
      make("div", { class: "al-row" }, this.button("Read all of them", "look", () => ({ all: true }), "al-plain")));
    this.group = this.section("The group", this.picture, this.readAll, this.quiet.node);

    this.exports = make("div", { class: "al-row" });
    this.keep = this.section("Take it with you",
      make("p", { class: "al-quiet", text: "Everybody’s points as a file, for a spreadsheet or for your learning platform." }), this.exports, this.place("export"));

    this.all = [this.overview, this.work, this.reading, this.group, this.keep];
    // Everything that can be used stands in one field set, so that nothing is clicked while something is done.
    this.controls = make("fieldset", { class: "al-controls" }, head, this.fresh, ...this.all);
    root.append(this.controls);
  }

  step(name, ...children) {
    return make("li", { class: "al-step-of-course" }, make("h4", { text: name }), ...children);
  }

  collecting() {
    const files = make("input", { type: "file", id: unique("files"), multiple: true, accept: ".zip,application/zip" });
    const path = make("input", { type: "text", id: unique("path"), autocomplete: "off", spellcheck: "false" });
    const drop = make("div", { class: "al-drop" },
      make("label", { for: files.id, text: "Choose the zip files, or drop them here" }), files);
    const upload = async (chosen) => {
      await this.upload([...chosen]);
      files.value = "";
    };
    files.addEventListener("change", () => files.files.length && upload(files.files));
    drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("is-over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("is-over");
      if (event.dataTransfer.files.length && !this.controls.disabled) upload(event.dataTransfer.files);
    });
    const take = () => this.do("collect", { path: path.value.trim() }, collect);
    const collect = make("button", { type: "button", class: "al-plain", text: "Collect", onclick: take });
    path.addEventListener("keydown", (event) => { if (event.key === "Enter") take(); });
    this.fromExchange = this.button("Collect from the exchange", "collect", () => ({ path: "exchange" }), "al-plain");
    return [make("p", { class: "al-quiet", text: "Every module’s hand-ins are taken in; of several by one trainee the newest counts." }), drop,
      make("div", { class: "al-field" }, make("label", { for: path.id, text: "Or type the path of a folder or a zip" }),
        make("div", { class: "al-beside" }, path, collect)),
      make("div", { class: "al-row" }, this.fromExchange), this.place("collect")];
  }

  /* what is done */

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
    this.waiting = setTimeout(() => this.end(false, "No answer: another page of this desk is busy, or it has lost its connection. Load this page again."), PATIENCE);
  }

  end(ok, text, details = []) {
    clearTimeout(this.waiting);
    this.controls.disabled = false;
    const { work, aloud } = this.places[this.action];
    work.hidden = true;
    aloud.textContent = "";
    // A course that was just made has taken the place of the form that made it.
    const place = work.parentElement.closest("[hidden]") ? this.places.look : this.places[this.action];
    place.said.textContent = text;
    place.said.classList.toggle("is-bad", !ok);
    const most = details.slice(0, 20).map((line) => make("li", { text: line, dir: "auto" }));
    if (details.length > 20) most.push(make("li", { text: `and ${numbers.format(details.length - 20)} more` }));
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

  async upload(files) {
    this.from = document.activeElement;
    this.begin("collect");
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
        this.show(this.places.collect, "bring in the files", Math.floor(gone / 1024), Math.ceil(total / 1024));
      } while (at < file.size);
    }
    this.do("collect", { uploaded: files.length }, this.from);
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
      const late = setTimeout(() => heard({ taken: n, refused: "The files did not arrive: the desk has lost its connection. Load this page again." }), 5 * PATIENCE);
      clearTimeout(this.waiting);
      this.model.on("msg:custom", heard);
      this.model.send({ ...about, n }, undefined, [bytes]);
    });
  }

  /* what is shown */

  heard() {
    const view = this.model.get("view");
    if (view.n && view.n < this.awaited) return; // an answer to something older
    const chose = this.action === "choose" && view.said.ok;
    this.draw(view);
    if (view.n && view.n === this.awaited) {
      this.awaited = 0;
      this.end(view.said.ok, view.said.text, view.said.details);
      if (chose) { this.title.focus({ preventScroll: true }); this.title.scrollIntoView({ block: "start" }); }
      if (view.file) this.keepFile(view.file);
    } else if (!view.n && view.said.text) {
      this.action = "look";
      this.end(view.said.ok, view.said.text);
    }
  }

  draw(view) {
    this.seen.textContent = view.seen ? `as of ${time(view.seen)}` : "";
    this.fresh.hidden = view.course !== false;
    for (const part of this.all) part.hidden = !view.course;
    if (!view.course) return;
    this.modules.replaceChildren(...view.modules.map((one) => this.module(one, one.module === view.module)));
    this.title.textContent = view.title;
    this.work.hidden = !view.module;
    this.dueNow.textContent = !view.assigned ? "Not assigned yet. A date is not needed."
      : view.due ? `Assigned, due ${day(view.due)}.` : "Assigned, without a date.";
    this.grade.disabled = !view.assigned;
    this.feedback.disabled = !view.assigned;
    this.assign.textContent = view.assigned ? "Assign again" : "Assign";
    const key = `${view.module} ${view.due}`;
    if (this.dueOf !== key) this.due.value = local(view.due);
    this.dueOf = key;
    this.fromExchange.hidden = !view.exchange;
    this.people.set(view.people);
    this.people.node.hidden = !view.assigned;
    this.missed.set(view.missed);
    this.missed.node.hidden = !view.missed;
    this.queue.set(view.queue);
    this.reading.hidden = !view.queue;
    this.group.hidden = !view.picture;
    if (view.picture) {
      this.image.src = view.picture.src;
      this.image.alt = view.picture.alt;
      this.shares.set(view.numbers);
    }
    this.faults.hidden = !view.faults.length;
    this.faults.replaceChildren(...view.faults.map((text) => make("li", { text })));
    this.readAll.hidden = !view.more;
    this.more.textContent = `What is missed most often, and who has gone quiet, stands in ${numbers.format(view.more)} hand-ins; to read them takes a while.`;
    this.quiet.set(view.quiet);
    this.quiet.node.hidden = !view.quiet;
    this.keep.hidden = !view.picture || !view.offers.length;
    if (this.exports.children.length !== view.offers.length) {
      this.exports.replaceChildren(...view.offers.map(([form, text]) => this.button(text, "export", () => ({ form }), "al-plain")));
    }
  }

  module(one, here) {
    const choose = make("button", { type: "button", class: "al-link", text: one.title, "aria-pressed": String(here),
      onclick: () => this.do("choose", { module: one.module }, this.title) });
    const number = (value) => make("td", { class: `is-number${value ? " is-some" : ""}`, text: numbers.format(value) });
    return make("tr", { class: here ? "is-here" : "" }, make("th", { scope: "row" }, choose),
      ...(one.assigned
        ? [make("td", { class: "is-time", text: time(one.due) || "no date" }), make("td", { class: "is-number", text: `${numbers.format(one.handed_in)} of ${numbers.format(one.of)}` }), number(one.to_grade), number(one.to_read)]
        : [make("td", { class: "al-quiet", text: "not assigned", colspan: 4 })]));
  }

  keepFile({ name, text }) {
    const href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    const link = make("a", { href, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(href), PATIENCE);
  }

  /** Who was in formgrader and comes back finds the desk as it is now. */
  back() {
    if (document.visibilityState !== "visible" || !this.away || this.controls.disabled) return;
    this.away = false;
    this.do("look", {}, document.activeElement);
  }
}

function render({ model, el }) {
  const root = make("section", { class: "alliancelab al-desk", "aria-label": model.get("face").title });
  // Keys meant for the page must not act on the notebook (two presses of d would delete the cell).
  for (const type of ["keydown", "keyup", "keypress"]) root.addEventListener(type, (event) => event.stopPropagation());
  const desk = new Desk(model, root);
  const [heard, far, back] = [() => desk.heard(), () => desk.far(), () => desk.back()];
  el.append(root);
  model.on("change:view", heard);
  model.on("change:work", far);
  document.addEventListener("visibilitychange", back);
  return () => {
    model.off("change:view", heard);
    model.off("change:work", far);
    document.removeEventListener("visibilitychange", back);
  };
}

export default { render };
