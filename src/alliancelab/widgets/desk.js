// Draws the supervisor's desk; what it shares with other pages on which something is done is in acting.js.

const SHOWN = 100; // rows of a table; the rest is found by filtering or on demand

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

class Desk extends Acting {
  get called() { return "desk"; }

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

    this.hoursLink = make("a", { target: "_blank", rel: "noopener", text: "Open the hours that wait for your signature" });
    this.hours = this.section("Hours to sign", make("p", { class: "al-quiet", text: "Weekly bundles of your trainees, on a page of its own." }), make("p", {}, this.hoursLink));

    this.all = [this.overview, this.work, this.reading, this.group, this.keep];
    // Everything that can be used stands in one field set, so that nothing is clicked while something is done.
    this.controls = make("fieldset", { class: "al-controls" }, head, this.fresh, ...this.all, this.hours);
    root.append(this.controls);
  }

  step(name, ...children) {
    return make("li", { class: "al-step-of-course" }, make("h4", { text: name }), ...children);
  }

  collecting() {
    const path = make("input", { type: "text", id: unique("path"), autocomplete: "off", spellcheck: "false" });
    const take = () => this.do("collect", { path: path.value.trim() }, collect);
    const collect = make("button", { type: "button", class: "al-plain", text: "Collect", onclick: take });
    path.addEventListener("keydown", (event) => { if (event.key === "Enter") take(); });
    this.fromExchange = this.button("Collect from the exchange", "collect", () => ({ path: "exchange" }), "al-plain");
    return [make("p", { class: "al-quiet", text: "Every module’s hand-ins are taken in; of several by one trainee the newest counts." }),
      this.drop("Choose the zip files, or drop them here", "collect", ".zip,application/zip"),
      make("div", { class: "al-field" }, make("label", { for: path.id, text: "Or type the path of a folder or a zip" }),
        make("div", { class: "al-beside" }, path, collect)),
      make("div", { class: "al-row" }, this.fromExchange), this.place("collect")];
  }

  after(view) {
    if (this.action !== "choose" || !view.said.ok) return;
    this.title.focus({ preventScroll: true });
    this.title.scrollIntoView({ block: "start" });
  }

  draw(view) {
    this.seen.textContent = view.seen ? `as of ${time(view.seen)}` : "";
    this.fresh.hidden = view.course !== false;
    this.hours.hidden = !view.hours;
    this.hoursLink.href = `${base()}notebooks/${view.hours}`;
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

  /** Who was in formgrader and comes back finds the desk as it is now. */
  back() {
    if (document.visibilityState !== "visible" || !this.away || this.controls.disabled) return;
    this.away = false;
    this.do("look", {}, document.activeElement);
  }
}

export default { render: drawnAs(Desk, "al-desk") };
