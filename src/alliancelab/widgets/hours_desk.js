// Draws the hours that wait for a supervisor: the look, the decisions, the signature.

const WAYS = [["", "Decide later"], ["approve", "Approve"], ["part", "Approve in part"], ["ask", "Ask about it"], ["decline", "Decline"]];

const choice = (pairs) => make("select", {}, ...pairs.map(([value, text]) => make("option", { value, text })));

function labelled(label, input) {
  input.id = unique("field");
  return make("div", { class: "al-field" }, make("label", { for: input.id, text: label }), input);
}

/** One entry: a box to tick, what it says, what stands out, and what is decided of it. */
class Entry {
  constructor(row, face, had, changed) {
    this.row = row;
    const named = `${row.what}, ${row.when}`;
    this.box = make("input", { type: "checkbox", id: unique("entry"), checked: had?.ticked ?? false });
    this.way = choice(WAYS);
    this.way.setAttribute("aria-label", `Decision about ${named}`);
    this.minutes = make("input", { type: "number", min: 1, max: row.minutes, step: 1, inputmode: "numeric", "aria-label": `Minutes that you sign of ${named}` });
    this.ask = choice(face.asks);
    this.ask.setAttribute("aria-label", `What you ask about ${named}`);
    this.reason = choice(face.declines);
    this.reason.setAttribute("aria-label", `Why you decline ${named}`);
    this.of = make("span", { class: "al-quiet", text: `of ${row.minutes} minutes` });
    this.box.disabled = this.way.disabled = row.outside;
    if (had) [this.way.value, this.minutes.value, this.ask.value, this.reason.value] = had.values;
    for (const input of [this.way, this.ask, this.reason]) input.addEventListener("change", () => { this.arrange(); changed(); });
    this.minutes.addEventListener("input", changed);
    this.arrange();
    const deciding = row.outside ? null : make("div", { class: "al-deciding" }, this.way, this.minutes, this.of, this.ask, this.reason);
    this.node = make("li", {},
      make("div", { class: "al-option" }, this.box, make("label", { for: this.box.id },
        make("span", { class: "al-name", text: row.what }), make("span", { class: "al-long", text: ` ${row.length} ` }),
        make("span", { class: "al-quiet al-when", text: [row.when, row.more].filter(Boolean).join("; ") }))),
      row.notices.length ? make("ul", { class: "al-notices" }, ...row.notices.map((text) => make("li", { text }))) : null, deciding);
  }

  arrange() {
    const way = this.way.value;
    this.minutes.hidden = this.of.hidden = way !== "part";
    this.ask.hidden = way !== "ask";
    this.reason.hidden = way !== "decline";
  }

  set(way, code) {
    this.way.value = way;
    if (way === "ask") this.ask.value = code;
    if (way === "decline") this.reason.value = code;
    this.arrange();
  }

  get kept() {
    return { ticked: this.box.checked, values: [this.way.value, this.minutes.value, this.ask.value, this.reason.value] };
  }

  get decision() {
    const kind = this.way.value;
    if (!kind || this.row.outside) return null;
    return { version: this.row.version, kind, minutes: this.minutes.value, code: kind === "ask" ? this.ask.value : this.reason.value };
  }
}

class HoursDesk extends Acting {
  get called() { return "page"; }

  build(root) {
    const { face } = this;
    this.entries = new Map();
    this.seen = make("p", { class: "al-quiet" });
    this.title = make("h2", { tabindex: "-1", text: face.title });
    this.whose = make("p", { class: "al-kicker" });
    const head = make("header", { class: "al-head" }, make("div", {}, this.whose, this.title),
      make("div", { class: "al-again" }, this.button("Look again", "look", () => ({}), "al-plain"), this.seen), this.place("look"));
    this.reminders = make("ul", { class: "al-turn" });
    this.remind = this.section("While there is still time", this.reminders);

    // what waits
    this.sums = make("dl", { class: "al-sums" });
    this.kinds = make("p", { class: "al-quiet" });
    this.standsOut = make("p", { class: "al-quiet" });
    this.every = make("input", { type: "checkbox", id: unique("every") });
    this.every.addEventListener("change", () => this.tick(() => true, this.every.checked));
    const ticked = (text, way, select) => make("button", { type: "button", class: "al-plain", text, onclick: () => this.bulk(way, select?.value) });
    const ask = choice(face.asks), reason = choice(face.declines);
    ask.setAttribute("aria-label", "What you ask about what is ticked");
    reason.setAttribute("aria-label", "Why you decline what is ticked");
    this.bulkSaid = make("p", { class: "al-quiet", role: "status" });
    this.bulkBar = make("div", { class: "al-bulk", role: "group", "aria-label": "All that is ticked" },
      make("div", { class: "al-option" }, this.every, make("label", { for: this.every.id, text: "Tick everything" })),
      make("div", { class: "al-row" }, ticked("Approve what is ticked", "approve"),
        make("span", { class: "al-pair" }, ask, ticked("Ask", "ask", ask)), make("span", { class: "al-pair" }, reason, ticked("Decline", "decline", reason)),
        ticked("Decide later", "")), this.bulkSaid);
    this.weeks = make("div", { class: "al-weeks" });
    this.nothing = make("p", { class: "al-quiet", text: "Nothing waits for your signature." });
    this.decided = make("p", { class: "al-quiet" });
    this.prepare = this.button("Look at what you are about to sign", "prepare", () => ({ decisions: this.decisions() }));
    this.waits = this.section("What waits for you", this.sums, this.kinds, this.standsOut, this.bulkBar, this.nothing, this.weeks,
      make("div", { class: "al-row" }, this.prepare), this.decided, this.place("prepare"));

    // the signature
    this.about = make("p", { class: "al-verdict", tabindex: "-1" });
    this.lines = make("ul");
    this.secret = make("input", { type: "password", autocomplete: "off" });
    this.secret.addEventListener("keydown", (event) => { if (event.key === "Enter") this.doWithSecret("sign", {}, this.secret); });
    this.pending = this.section("Sign", this.about, this.lines,
      labelled("Passphrase of your key", this.secret), make("p", { class: "al-quiet", text: "It unlocks your key for this one time and is kept nowhere." }),
      make("div", { class: "al-row" }, make("button", { type: "button", class: "al-button", text: "Sign", onclick: () => this.doWithSecret("sign", {}, this.secret) }),
        make("button", { type: "button", class: "al-plain", text: "Not yet", onclick: () => { this.pending.hidden = true; this.prepare.focus(); } })));
    this.files = make("div", { class: "al-row" });
    this.signed = this.section("Signed files", make("p", { class: "al-quiet", text: "Send each back to its trainee. They stand here as long as this page is open." }), this.files, this.place("file"));

    // files
    this.parcels = make("ul", { class: "al-parcels" });
    const byFile = this.section("Hours that came as a file",
      make("p", { class: "al-quiet", text: "A trainee makes it for you; whatever is in it is verified before it is shown." }),
      this.drop("Choose the files, or drop them here", "open", ".hours"), this.place("open"), this.parcels);

    // the key
    this.first = make("input", { type: "password", autocomplete: "new-password" });
    this.again = make("input", { type: "password", autocomplete: "new-password" });
    this.wrong = make("p", { class: "al-sentence is-bad", role: "status" });
    this.fresh = make("div", {}, make("p", { text: "You have no key here yet. Make one on your own computer: whoever holds it can sign as you. Is it lost, nobody can bring it back; then you make another." }),
      make("div", { class: "al-two" }, labelled(`A passphrase, ${face.shortest} characters or more`, this.first), labelled("The same once more", this.again)),
      this.wrong, make("div", { class: "al-row" }, make("button", { type: "button", class: "al-button", text: "Make my key", onclick: () => this.makeKey() })));
    this.public = make("dl", { class: "al-key" });
    this.key = this.section("Your key", this.fresh, this.public, this.place("key"));
    const what = this.section("What your signature says", make("ul", {}, ...face.signature.map((text) => make("li", { text }))));

    this.overview = make("tbody");
    this.programme = this.section("Who has to sign what",
      make("p", { class: "al-quiet", text: "A programme sees what waits for whom; it does not sign hours." }),
      make("div", { class: "al-table", role: "region", tabindex: "0", "aria-label": "Who has to sign what" }, make("table", {},
        make("thead", {}, make("tr", {}, ...["Supervisor", "Trainee", "Week of", "Entries", "Time"].map((text) => make("th", { scope: "col", text })))), this.overview)));

    const done = this.place("sign"); // stays where the eye is when what was signed is gone
    this.controls = make("fieldset", { class: "al-controls" }, head, this.remind, this.programme, byFile, this.waits, this.pending, done, this.signed, this.key, what);
    this.asSupervisor = [this.waits, byFile, this.key, what];
    root.append(this.controls);
  }

  makeKey() {
    this.wrong.textContent = this.first.value === this.again.value ? "" : "The two are not the same; type it once more.";
    if (this.wrong.textContent) { this.again.value = ""; this.again.focus(); return; }
    this.again.value = "";
    this.doWithSecret("key", {}, this.first);
  }

  /* decisions */

  decisions() {
    return [...this.entries.values()].map((one) => one.decision).filter(Boolean);
  }

  tick(which, on) {
    for (const one of this.entries.values()) if (which(one) && !one.row.outside) one.box.checked = on;
  }

  bulk(way, code) {
    const ticked = [...this.entries.values()].filter((one) => one.box.checked && !one.row.outside);
    for (const one of ticked) one.set(way, code);
    this.changed();
    this.bulkSaid.textContent = ticked.length ? `${ticked.length === 1 ? "1 entry" : `${ticked.length} entries`}: ${WAYS.find(([word]) => word === way)[1].toLowerCase()}. Nothing is signed yet.` : "Nothing is ticked.";
  }

  /** What was looked at is not what would be signed now. */
  changed() {
    this.pending.hidden = true;
    this.bulkSaid.textContent = "";
    this.count();
  }

  count() {
    const number = this.decisions().length;
    const all = [...this.entries.values()].filter((one) => !one.row.outside).length;
    this.decided.textContent = all ? `Decided: ${number} of ${all}.` : "";
  }

  /* what is shown */

  after(view) {
    if (this.action === "prepare" && view.pending) {
      this.about.focus({ preventScroll: true });
      this.pending.scrollIntoView({ block: "center" });
    }
  }

  draw(view) {
    this.seen.textContent = view.seen ? `as of ${time(view.seen)}` : "";
    this.whose.textContent = [view.whose, view.who].filter(Boolean).join(", ") || this.face.folder;
    this.reminders.replaceChildren(...(view.reminders ?? []).map((text) => make("li", { text })));
    this.remind.hidden = !view.reminders?.length;
    this.programme.hidden = !view.programme;
    this.overview.replaceChildren(...(view.overview ?? []).map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row", text: first }), ...rest.map((text) => make("td", { text })))));
    for (const part of this.asSupervisor) part.hidden = view.programme;
    if (!view.look) return;
    this.sums.replaceChildren(...view.look.sums.map(([name, said]) => make("div", {}, make("dt", { text: name }), make("dd", { text: said }))));
    this.kinds.textContent = view.look.categories.map(([name, long]) => `${name}: ${long}`).join("; ");
    this.standsOut.textContent = view.look.notices ? `${view.look.notices === 1 ? "One entry stands" : `${view.look.notices} entries stand`} out; it says why there.` : "";
    this.nothing.hidden = view.weeks.length > 0;
    this.bulkBar.hidden = this.prepare.hidden = !view.look.entries;
    this.week(view.weeks);
    this.pending.hidden = !view.pending;
    if (view.pending) {
      this.about.textContent = view.pending.text;
      this.lines.replaceChildren(...[...view.pending.lines, ...view.pending.categories.map(([name, long]) => `${name}: ${long}`)].map((text) => make("li", { text })));
    }
    this.files.replaceChildren(...view.files.map((name) => this.button(name, "file", () => ({ name }), "al-plain")));
    this.signed.hidden = !view.files.length;
    this.parcels.replaceChildren(...view.parcels.map(({ told, known }) => make("li", { class: known ? "" : "al-note", text: told })));
    this.fresh.hidden = Boolean(view.key);
    this.public.hidden = !view.key;
    if (view.key) this.public.replaceChildren(...[["Fingerprint, to compare by telephone", view.key.fingerprint], ["Public key, for your programme", view.key.public]].map(([name, said]) => make("div", {}, make("dt", { text: name }), make("dd", { text: said }))));
    this.count();
  }

  week(weeks) {
    const had = new Map([...this.entries].map(([version, one]) => [version, one.kept]));
    this.entries = new Map();
    this.weeks.replaceChildren(...weeks.map((week) => {
      const here = week.rows.map((row) => new Entry(row, this.face, had.get(row.version), () => this.changed()));
      for (const one of here) this.entries.set(one.row.version, one);
      const all = make("input", { type: "checkbox", id: unique("week"), disabled: here.every((one) => one.row.outside) });
      all.addEventListener("change", () => this.tick((one) => here.includes(one), all.checked));
      const id = unique("title");
      return make("section", { class: "al-week", "aria-labelledby": id }, make("h4", { id, text: week.title }),
        make("div", { class: "al-option al-whole" }, all, make("label", { for: all.id, text: `Tick this week: ${week.said}` })),
        make("ul", { class: "al-entries" }, ...here.map((one) => one.node)));
    }));
  }
}

export default { render: drawnAs(HoursDesk, "al-signing") };
