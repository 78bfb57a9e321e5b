// Draws a trainee's hours: the form, the entries and how they stand, files for a supervisor, what a policy says.

const FEW = 10; // entries that are shown at first
const OTHER = "another";

const pad = (number) => String(Math.abs(number)).padStart(2, "0");

/** What this computer's clock is ahead of UTC at a moment that is written as a page writes it. */
function offsetAt(text) {
  const minutes = -new Date(text).getTimezoneOffset();
  if (Number.isNaN(minutes)) return "";
  return `${minutes < 0 ? "-" : "+"}${pad(Math.trunc(minutes / 60))}:${pad(minutes % 60)}`;
}

/** A moment as it is written with another offset. */
function written(iso, offset) {
  const [, sign, hours, minutes] = offset.match(/([+-])(\d\d):(\d\d)/);
  const ahead = (sign === "-" ? -1 : 1) * (60 * Number(hours) + Number(minutes));
  return `${new Date(Date.parse(iso) + 60000 * ahead).toISOString().slice(0, 16)}${offset}`;
}

function nextDay(date) {
  const at = new Date(`${date}T12:00`);
  at.setDate(at.getDate() + 1);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

/** A field with its label, and whatever there is to know about it. */
function field(label, input, note = "") {
  input.id = unique("field");
  const about = note ? make("p", { class: "al-quiet", id: unique("about"), text: note }) : null;
  if (about) input.setAttribute("aria-describedby", about.id);
  return make("div", { class: "al-field" }, make("label", { for: input.id, text: label }), input, about);
}

const option = (value, text) => make("option", { value, text });

/** A box that can be ticked, with its words. */
function tick(text, input) {
  input.id = unique("tick");
  return make("div", { class: "al-option" }, input, make("label", { for: input.id, text }));
}

class EntryForm {
  constructor(face) {
    this.face = face;
    this.date = make("input", { type: "date", required: true });
    const way = unique("way");
    this.byMinutes = make("input", { type: "radio", name: way, checked: true });
    this.byTimes = make("input", { type: "radio", name: way });
    this.minutes = make("input", { type: "number", min: 1, max: 1440, step: 1, inputmode: "numeric" });
    this.start = make("input", { type: "time" });
    this.end = make("input", { type: "time" });
    this.over = make("input", { type: "checkbox" });
    this.overField = tick("It ended on the day after", this.over);
    this.offset = make("input", { type: "text", size: 7, spellcheck: "false", autocomplete: "off" });
    this.category = make("select", {}, option("", "Choose what it was"),
      ...face.groups.map(([label, all]) => make("optgroup", { label }, ...all.map(([value, text]) => option(value, text)))),
      option(OTHER, "Another category of my programme"));
    this.word = make("input", { type: "text", spellcheck: "false", autocomplete: "off" });
    this.wordField = field("The category’s word", this.word, "As your programme’s policy writes it, such as client.by-letter.");
    this.size = make("input", { type: "number", min: 1, max: 1000, step: 1, inputmode: "numeric" });
    this.sizeField = field("How many people shared it", this.size, "In supervision: the supervisees, you among them.");
    this.flags = face.flags.map(([value, text]) => {
      const input = make("input", { type: "checkbox", value });
      return { input, node: tick(text, input) };
    });
    this.setting = make("input", { type: "text", list: unique("settings"), spellcheck: "false", autocomplete: "off" });
    this.settings = make("datalist", { id: this.setting.getAttribute("list") });
    this.supervisor = make("select");
    this.phase = make("select");
    this.others = make("input", { type: "text", spellcheck: "false", autocomplete: "off" });
    this.note = make("textarea", { rows: 2, dir: "auto" });
    this.minutesField = field("Minutes", this.minutes);
    this.timesField = make("div", { class: "al-three" }, field("Start", this.start), field("End", this.end),
      field("UTC offset", this.offset, "This computer’s; change it if you were elsewhere."));
    const more = make("details", {}, make("summary", { text: "More: place, supervisor, phase, flags" }),
      make("div", { class: "al-two" }, field("Place", this.setting, "Its short name; no name of a person."),
        field("Supervisor", this.supervisor), field("Phase", this.phase),
        field("Flags of your programme", this.others, "Short words with ; between.")), this.settings);
    this.more = more;
    this.node = make("div", { class: "al-form" },
      make("div", { class: "al-two" }, field("Day", this.date), field("What", this.category)),
      this.wordField,
      make("fieldset", { class: "al-way" }, make("legend", { text: "How long" }),
        make("div", { class: "al-row" }, tick("In minutes", this.byMinutes), tick("From start to end", this.byTimes))),
      this.minutesField, this.timesField, this.overField, this.sizeField, ...this.flags.map(({ node }) => node), more,
      field("A note for yourself", this.note, "It stays on this computer. No names of clients."));
    for (const input of [this.byMinutes, this.byTimes]) input.addEventListener("change", () => this.arrange());
    this.category.addEventListener("change", () => {
      if (!face.shared.includes(this.category.value)) this.size.value = ""; // what was of another sort goes with it
      if (!this.category.value.startsWith(face.observed)) for (const { input } of this.flags) input.checked = false;
      this.arrange();
    });
    for (const input of [this.date, this.start, this.end]) input.addEventListener("input", () => this.arrange());
    this.offset.addEventListener("input", () => { this.offset.dataset.own = ""; });
    this.arrange();
  }

  /** Only what makes sense for what was chosen is there. */
  arrange() {
    const times = this.byTimes.checked;
    const category = this.category.value;
    this.minutesField.hidden = times;
    this.timesField.hidden = !times;
    const turned = times && this.start.value && this.end.value && this.end.value <= this.start.value;
    this.overField.hidden = !turned;
    if (!turned) this.over.checked = false;
    if (this.offset.dataset.own === undefined) this.offset.value = offsetAt(`${this.date.value}T${this.start.value || "12:00"}`);
    this.wordField.hidden = category !== OTHER;
    this.sizeField.hidden = !(this.face.shared.includes(category) || category === OTHER || Number(this.size.value) > 1);
    const observed = category.startsWith(this.face.observed);
    for (const { input, node } of this.flags) node.hidden = !(observed || input.checked);
  }

  /** The lists, as the log has them now. */
  lists(view) {
    if (!this.date.value) { this.date.value = view.today; this.arrange(); }
    this.date.max = view.today;
    this.settings.replaceChildren(...view.settings.map((word) => option(word, "")));
    const choices = (select, first, pairs) => {
      const had = select.value;
      if (had && !pairs.some(([value]) => value === had)) pairs = [...pairs, [had, had]];
      select.replaceChildren(option("", first), ...pairs.map(([value, text]) => option(value, text)));
      select.value = had;
    };
    this.choices = choices;
    this.people = view.supervisors.map(([who, name]) => [who, name ? `${name} (${who})` : who]);
    choices(this.supervisor, view.supervisors.length ? "Whoever can sign it" : "Nobody has an agreement with you yet", this.people);
    const known = this.face.phases.map(([value]) => value);
    this.all = [...this.face.phases, ...view.phases.filter((word) => !known.includes(word)).map((word) => [word, word])];
    choices(this.phase, "None", this.all);
  }

  offsetOf(date, time) {
    return this.offset.dataset.own === undefined ? offsetAt(`${date}T${time}`) : this.offset.value.trim();
  }

  fields() {
    const day = this.date.value;
    const told = { date: day, category: this.category.value === OTHER ? this.word.value.trim() : this.category.value,
      setting: this.setting.value, supervisor: this.supervisor.value, phase: this.phase.value,
      flags: [...this.flags.filter(({ input }) => input.checked).map(({ input }) => input.value), ...this.others.value.split(";")],
      group_size: this.sizeField.hidden ? "" : this.size.value };
    if (!this.byTimes.checked) return { ...told, minutes: this.minutes.value };
    const at = (date, time) => (date && time ? `${date}T${time}${this.offsetOf(date, time)}` : "");
    return { ...told, start: at(day, this.start.value), end: at(this.over.checked ? nextDay(day) : day, this.end.value) };
  }

  /** An entry that is to be corrected. */
  fill(fields, note) {
    this.date.value = fields.date;
    this.byTimes.checked = Boolean(fields.start);
    this.byMinutes.checked = !fields.start;
    this.minutes.value = fields.start ? "" : fields.minutes;
    this.times(fields);
    const known = [...this.category.options].some(({ value }) => value === fields.category);
    this.category.value = known ? fields.category : OTHER;
    this.word.value = known ? "" : fields.category;
    this.size.value = fields.group_size > 1 ? fields.group_size : "";
    for (const { input } of this.flags) input.checked = fields.flags.includes(input.value);
    this.others.value = fields.flags.filter((flag) => !this.flags.some(({ input }) => input.value === flag)).join("; ");
    this.setting.value = fields.setting;
    for (const [select, value, first, all] of [[this.supervisor, fields.supervisor, "Whoever can sign it", this.people], [this.phase, fields.phase, "None", this.all]]) {
      this.choices(select, first, all.some(([one]) => one === value) || !value ? all : [...all, [value, value]]);
      select.value = value;
    }
    this.more.open = Boolean(fields.setting || fields.supervisor || fields.phase || this.others.value);
    this.note.value = note;
    this.arrange();
  }

  /** Start and end; written elsewhere, both with the offset of the start. */
  times({ start, end }) {
    const here = (iso) => iso.slice(-6) === offsetAt(iso.slice(0, 16));
    delete this.offset.dataset.own;
    if (start && !(here(start) && here(end))) {
      this.offset.dataset.own = "";
      this.offset.value = start.slice(-6);
      end = written(end, start.slice(-6));
    }
    this.start.value = start?.slice(11, 16) ?? "";
    this.end.value = end?.slice(11, 16) ?? "";
    this.over.checked = Boolean(end && end.slice(0, 10) !== start.slice(0, 10));
  }

  /** The next entry is often like the last: only what is of this one goes. */
  clear() {
    for (const input of [this.minutes, this.start, this.end, this.note]) input.value = "";
    this.over.checked = false;
    delete this.offset.dataset.own;
    this.arrange();
  }
}

class HoursLog extends Acting {
  get called() { return "page"; }
  get mostDetails() { return 1000; } // every bad row of a table

  build(root) {
    const { face } = this;
    this.title = make("h3", { class: "al-title", tabindex: "-1", text: face.title });
    this.sums = make("dl", { class: "al-sums" });
    this.turn = make("ul", { class: "al-turn" });
    this.intro = make("p", { class: "al-intro", text: face.intro });
    this.opener = make("button", { type: "button", class: "al-plain", text: "Log an hour", "aria-expanded": "false", onclick: () => this.open(this.body.hidden) });
    this.opener.hidden = !face.short;
    this.other = make("p", { class: "al-note" });

    this.form = new EntryForm(face);
    this.correcting = make("p", { class: "al-note", tabindex: "-1" });
    this.save = make("button", { type: "button", class: "al-button", onclick: () => this.send() });
    this.leave = make("button", { type: "button", class: "al-plain", text: "Leave it as it was", onclick: () => { this.correct(null); this.form.clear(); this.title.focus(); } });
    this.form.node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input")) this.send();
    });
    const logging = make("section", { class: "al-part-of" }, this.head = make("h4", { id: unique("title") }), this.correcting,
      this.form.node, make("div", { class: "al-row" }, this.save, this.leave), this.place("log", "amend"));
    logging.setAttribute("aria-labelledby", this.head.id);

    this.list = make("ul", { class: "al-entries" });
    this.all = make("button", { type: "button", class: "al-link", onclick: () => { this.shown = Infinity; this.draw(this.model.get("view")); } });
    this.nothing = make("p", { class: "al-quiet", text: "Nothing is logged yet." });
    this.shown = FEW;
    this.older = make("p", { class: "al-quiet" });
    const entries = this.part("Your entries, the newest first", make("div", { class: "al-again" }, this.button("Look again", "look", () => ({}), "al-link")),
      this.nothing, this.list, this.all, this.older, this.place("withdraw"));

    const table = this.folded("Take in a table (CSV)",
      make("p", { class: "al-quiet", text: "The first line names the columns: date, category, minutes, group_size, flags, phase, setting; or start and end. All rows are taken in, or none; the same file again adds nothing." }),
      this.drop("Choose the file, or drop it here", "import", ".csv,text/csv", false), this.place("import"));

    this.whom = make("select");
    this.nobody = make("p", { class: "al-quiet", text: "No supervisor has an agreement with you yet. Ask your programme for one; what nobody signs does not count." });
    this.sending = make("div", {}, make("div", { class: "al-beside is-low" }, field("For", this.whom), this.button("Make the file", "bundle", () => ({ supervisor: this.whom.value }), "al-plain")));
    const signing = this.folded("Have them signed by file",
      make("p", { class: "al-quiet", text: "For a supervisor who does not share your programme’s ledger: make a file, send it, and take the one that comes back. Your notes are not in it." }),
      this.nobody, this.sending, this.place("bundle"),
      this.drop("Choose the file that came back, or drop it here", "take", ".hours", false), this.place("take"));

    this.body = make("div", { class: "al-body" }, logging, entries, table, signing, this.policies());
    this.body.hidden = face.short;
    this.controls = make("fieldset", { class: "al-controls" },
      make("div", { class: "al-head" }, make("div", {}, this.title, this.intro), this.opener), this.place("look"), this.other, this.sums, this.turn, this.body,
      make("p", { class: "al-quiet al-private", text: face.private }));
    this.lastPart = this.controls.lastChild;
    root.append(this.controls);
    this.correct(null);
  }

  part(title, ...children) {
    const id = unique("title");
    return make("section", { class: "al-part-of", "aria-labelledby": id }, make("h4", { id, text: title }), ...children);
  }

  folded(title, ...children) {
    return make("details", { class: "al-part-of" }, make("summary", { text: title }), make("div", { class: "al-inside" }, ...children));
  }

  open(wanted) {
    this.body.hidden = !wanted;
    this.opener.setAttribute("aria-expanded", String(wanted));
    this.opener.textContent = wanted ? "Close" : this.begun ? "Open your log" : "Log an hour";
    this.lastPart.hidden = !wanted;
    if (wanted) this.form.date.focus();
  }

  /* entries */

  send() {
    if (this.version) this.do("amend", { version: this.version, fields: this.form.fields(), note: this.form.note.value }, this.save);
    else this.do("log", { fields: this.form.fields(), note: this.form.note.value }, this.save);
  }

  correct(one) {
    this.version = one?.version ?? "";
    this.head.textContent = one ? "Correct an entry" : "Log an hour";
    this.save.textContent = one ? "Save the correction" : "Save";
    this.leave.hidden = !one;
    this.correcting.hidden = !one;
    if (!one) return;
    const falls = ["signed", "part"].includes(one.state) ? " Its signature falls when you save, and it waits to be signed again." : "";
    this.correcting.textContent = `You are correcting: ${one.when}, ${one.what}, ${one.length}.${falls} The record keeps how it was.`;
    this.form.fill(one.fields, one.note);
    this.correcting.focus();
    this.correcting.scrollIntoView({ block: "center" });
  }

  entry(one) {
    const named = `${one.what}, ${one.when}`;
    const asking = make("div", { class: "al-sure", role: "group", "aria-label": `Withdraw ${named}?`, hidden: true });
    const withdraw = make("button", { type: "button", class: "al-link", text: "Withdraw", "aria-label": `Withdraw ${named}`, onclick: () => {
      const falls = ["signed", "part"].includes(one.state) ? " Its signature falls." : "";
      asking.replaceChildren(make("p", { text: `Withdraw this entry?${falls} It then counts no more; the record keeps that it was there.` }),
        make("div", { class: "al-row" }, this.button("Withdraw it", "withdraw", () => ({ version: one.version }), "al-plain"),
          make("button", { type: "button", class: "al-link", text: "Keep it", onclick: () => { asking.hidden = true; withdraw.focus(); } })));
      asking.hidden = false;
      asking.querySelector("button").focus();
    } });
    return make("li", {},
      make("div", { class: "al-line-of" }, make("span", { class: "al-name", text: one.what }), make("span", { class: "al-long", text: one.length }),
        make("span", { class: `al-state is-${one.state}`, text: one.says })),
      make("p", { class: "al-quiet", text: [one.when, one.more].filter(Boolean).join("; ") }),
      one.note ? make("p", { class: "al-quiet al-own", dir: "auto", text: `Your note: ${one.note}` }) : null,
      make("div", { class: "al-acts" },
        make("button", { type: "button", class: "al-link", text: "Correct", "aria-label": `Correct ${named}`, onclick: () => this.correct(one) }), withdraw),
      asking);
  }

  /* policies */

  policies() {
    this.policy = make("select", {}, option("", "Choose one"), ...(this.face.policies ?? []).map(([id, title]) => option(id, title)), option(OTHER, "My programme’s own, from a file"));
    this.file = make("input", { type: "text", spellcheck: "false", autocomplete: "off" });
    this.fileField = field("The file", this.file, "Its path on this computer, ending in .toml.");
    this.qualified = make("input", { type: "date" });
    this.application = make("input", { type: "date" });
    this.qualifiedField = field("Day of qualifying", this.qualified);
    this.applicationField = field("Day of the application", this.application);
    this.policy.addEventListener("change", () => this.dates());
    const check = make("button", { type: "button", class: "al-plain", text: "See what counts", onclick: () => {
      this.remember();
      this.do("policy", this.asked(), check);
    } });
    this.counted = make("div", { class: "al-counted", tabindex: "-1" });
    const made = this.folded("What a policy says",
      make("p", { class: "al-quiet", text: "Only what is signed counts. What waits is shown beside it, never in the same number." }),
      make("div", { class: "al-two" }, field("Policy", this.policy), this.qualifiedField, this.applicationField), this.fileField,
      make("div", { class: "al-row" }, check), this.place("policy", "ahead"), this.counted);
    made.addEventListener("toggle", () => {
      if (!made.open || this.recalled) return;
      this.recalled = true;
      if (this.recall()) this.do("policy", this.asked(), made.querySelector("summary"));
    });
    this.dates();
    return made;
  }

  dates() {
    const needs = (this.face.policies ?? []).find(([id]) => id === this.policy.value)?.[2] ?? [];
    const own = this.policy.value === OTHER;
    this.fileField.hidden = !own;
    this.qualifiedField.hidden = !own && !needs.includes("qualified");
    this.applicationField.hidden = !own && !needs.includes("application");
  }

  asked() {
    const date = (input, place) => (place.hidden ? "" : input.value);
    return { policy: this.policy.value === OTHER ? this.file.value.trim() : this.policy.value,
      qualified: date(this.qualified, this.qualifiedField), application: date(this.application, this.applicationField) };
  }

  remember() {
    try {
      localStorage.setItem(this.face.place, JSON.stringify([this.policy.value, this.file.value, this.qualified.value, this.application.value]));
    } catch { /* a browser that keeps nothing: it is chosen again */ }
  }

  recall() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.face.place) ?? "[]");
      [this.policy, this.file, this.qualified, this.application].forEach((input, n) => { input.value = kept[n] ?? ""; });
      this.dates();
    } catch { /* the same */ }
    return this.policy.value;
  }

  requirement(row) {
    const said = [row.have, row.state, row.then].filter(Boolean).join("; ");
    const bar = make("div", { class: "al-bar", role: "meter", "aria-label": row.title, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": row.share, "aria-valuetext": said },
      make("div", { class: "al-fill", style: `width: ${row.share}%` }),
      make("div", { class: "al-fill is-waiting", style: `left: ${row.share}%; width: ${Math.max(0, row.then_share - row.share)}%` }));
    return make("li", { class: row.met ? "is-met" : "" },
      make("div", { class: "al-line-of" }, make("span", { class: "al-name", text: row.title }), make("span", { class: `al-state ${row.met ? "is-signed" : "is-open"}`, text: row.state })),
      bar, make("p", { class: "al-quiet", text: [row.have, row.then].filter(Boolean).join("; ") }));
  }

  said(counted) {
    if (!counted) return [];
    const block = (title, ...children) => make("div", { class: "al-block" }, make("h5", { text: title }), ...children);
    return [
      make("p", { class: "al-verdict", text: counted.verdict }),
      counted.then ? make("p", { text: counted.then }) : null,
      make("p", { class: "al-legend-of" }, make("span", { class: "al-swatch is-signed" }), "signed", make("span", { class: "al-swatch is-waiting" }), "waiting, if it is signed as it is"),
      make("ul", { class: "al-requirements" }, ...counted.rows.map((row) => this.requirement(row))),
      counted.soon?.length ? block("While there is still time", make("ul", {}, ...counted.soon.map((text) => make("li", { text })))) : null,
      counted.ahead ? this.ahead(block, counted.ahead) : counted.met ? null : make("div", { class: "al-block" }, this.button("Look ahead: when will it be met?", "ahead", () => ({}), "al-plain")),
      counted.waits ? block("Waiting for a signature", make("p", { text: `${counted.waits}. It counts for nothing until it is signed.` })) : null,
      counted.lost.length ? block("Signed, and not counted", make("ul", {}, ...counted.lost.map(([why, long, where]) =>
        make("li", {}, make("span", { class: "al-name", text: `${why}: ${long}. ` }), make("span", { class: "al-quiet", text: where }))))) : null,
      make("details", {}, make("summary", { text: "Where this policy comes from, and how sure we are" }), make("ul", {}, ...counted.told.map((text) => make("li", { text })))),
    ].filter(Boolean);
  }

  ahead(block, { told, when, asks, minds }) {
    return block("If it goes on like this", ...told.map((text) => make("p", { text })),
      when.length ? make("ul", {}, ...when.map(([title, day]) => make("li", { text: `${title}: ${day}` }))) : null,
      asks.length ? make("p", { class: "al-name", text: "What to ask for, first things first" }) : null,
      asks.length ? make("ol", {}, ...asks.map((text) => make("li", { text }))) : null,
      minds.length ? make("ul", {}, ...minds.map((text) => make("li", { text }))) : null);
  }

  /* what is shown */

  after(view) {
    if (!view.said.ok) return;
    if (this.action === "log") this.form.clear();
    if (this.action === "amend") { this.correct(null); this.form.clear(); }
    if (["policy", "ahead"].includes(this.action) && view.counted) this.counted.focus({ preventScroll: true });
  }

  draw(view) {
    this.other.hidden = !view.other;
    this.other.textContent = view.other ?? "";
    this.opener.hidden = !this.face.short || Boolean(view.other);
    if (view.other || !view.entries) { this.body.hidden = this.opener.hidden = true; return; } // it says why
    this.intro.hidden = this.begun = view.begun;
    if (this.body.hidden) this.opener.textContent = view.begun ? "Open your log" : "Log an hour";
    this.lastPart.hidden = this.body.hidden;
    this.sums.replaceChildren(...view.sums.map(([name, said]) => make("div", {}, make("dt", { text: name }), make("dd", { text: said }))));
    this.sums.hidden = !view.sums.length;
    this.turn.replaceChildren(...view.turn.map((text) => make("li", { text })));
    this.turn.hidden = !view.turn.length;
    this.form.lists(view);
    this.nothing.hidden = view.entries.length > 0;
    this.list.replaceChildren(...view.entries.slice(0, this.shown).map((one) => this.entry(one)));
    this.all.hidden = view.entries.length <= this.shown;
    this.all.textContent = `Show ${view.entries.length - this.shown} more`;
    this.older.hidden = !view.more;
    this.older.textContent = `${numbers.format(view.more)} older ones: type alliancelab hours list.`;
    const had = this.whom.value;
    this.whom.replaceChildren(...view.supervisors.map(([who, name]) => option(who, name ? `${name} (${who})` : who)));
    if (had && view.supervisors.some(([who]) => who === had)) this.whom.value = had;
    this.nobody.hidden = view.supervisors.length > 0;
    this.sending.hidden = !view.supervisors.length;
    if (JSON.stringify(view.counted) !== this.drawnOf) {
      this.drawnOf = JSON.stringify(view.counted);
      this.counted.replaceChildren(...this.said(view.counted));
    }
  }
}

export default { render: drawnAs(HoursLog, "al-hours") };
