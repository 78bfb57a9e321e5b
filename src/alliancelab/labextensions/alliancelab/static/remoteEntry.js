// Shows a notebook of ours (one with `metadata.alliancelab`) as a page: no code in view, run by itself, nothing to
// save. Every other notebook is left alone. Written by hand as a federated extension of JupyterLab 4 and Notebook 7;
// there is no build step. `data-alliancelab` on the notebook panel tells how far a page has come: `waiting`,
// `running`, `ready`, `failed` (a cell ended in an error), `asks` (whether it may start) or `still` (nothing can be
// answered, copies are shown).
(() => {
  const WIDGET = "application/vnd.jupyter.widget-view+json";
  const NO_SHORTCUTS = "data-lm-suppress-shortcuts"; // on an element Lumino knows it by this name
  const PATIENCE = 30000; // ms until a page that gets no kernel says so
  const MOST_STUMBLES = 3; // runs broken off in a row, then the page stays still
  const SHORT_PATIENCE = 8000; // ms until a page that has lost its kernel says so

  const SAYS = {
    waiting: "The questions and conversations on this page are getting ready.",
    running: "The questions and conversations on this page are getting ready.",
    ready: "",
    asks: "This page has not been opened on this computer before, so nothing in it has been started.",
    still:
      "Nothing can be answered on this page at the moment: the program that keeps your answers is not running. " +
      "What was saved is safe. Load the page again; if that does not help, start AllianceLab again.",
    failed:
      "Something on this page could not be started. What you answered is safe. Load the page again; " +
      "if that does not help, start AllianceLab again.",
  };

  const AT_THE_DESK = {
    waiting: "Your desk is getting ready.",
    running: "Your desk is getting ready.",
    still:
      "Nothing can be done on this page at the moment: the program behind it is not running. What was done is safe. " +
      "Load the page again; if that does not help, start AllianceLab again.",
    failed: "Your desk could not be opened. What was done is safe. Load the page again; if that does not help, start AllianceLab again.",
  };

  // The start page is read while the program starts: what is on its way keeps its place, and says so there.
  const AT_THE_START = {
    waiting: "",
    running: "",
    still:
      "Your progress cannot be brought up to date at the moment: the program that keeps your answers is not running. " +
      "What was saved is safe. Load the page again; if that does not help, start AllianceLab again.",
    failed: "Your progress could not be read. What you answered is safe, and the lessons can be opened.",
  };
  const SAYS_ON = { desk: AT_THE_DESK, hours: AT_THE_DESK, start: AT_THE_START };

  const STYLE = `
    .alliancelab-page .jp-CodeCell .jp-Cell-inputWrapper,
    .alliancelab-page .jp-CodeCell.jp-mod-noOutputs,
    .alliancelab-page .jp-Collapser,
    .alliancelab-page .jp-InputPrompt,
    .alliancelab-page .jp-OutputPrompt,
    .alliancelab-page .jp-OutputArea-promptOverlay,
    .alliancelab-page .jp-CellHeader,
    .alliancelab-page .jp-CellFooter,
    .alliancelab-page .jp-Notebook-footer,
    .alliancelab-page .jp-cell-toolbar,
    .alliancelab-page .jp-collapseHeadingButton,
    .alliancelab-page .jp-InternalAnchorLink,
    .alliancelab-page [data-mime-type="application/vnd.jupyter.error"],
    .alliancelab-page [data-mime-type="application/vnd.jupyter.stderr"],
    .alliancelab-page .jp-WindowedPanel-scrollbar { display: none !important; }
    .alliancelab-page .jp-Notebook,
    .alliancelab-page .jp-WindowedPanel-outer,
    .alliancelab-page .jp-WindowedPanel-viewport,
    .alliancelab-page .jp-Notebook .jp-Cell {
      background: var(--jp-layout-color0) !important; border: 0 !important; box-shadow: none !important;
      margin: 0 !important; padding: 0 !important;
    }
    .alliancelab-page .jp-WindowedPanel-inner,
    .alliancelab-page .alliancelab-notice { box-sizing: border-box; max-width: 48rem; margin: 0 auto !important; }
    .alliancelab-page .jp-WindowedPanel-inner { padding: 1.5rem 1rem 40vh !important; }
    .alliancelab-page .jp-Notebook .jp-Cell { margin-bottom: 0.75rem !important; }
    .alliancelab-page .jp-Notebook .jp-Cell:focus { outline: none; }
    .alliancelab-page.alliancelab-keys .jp-Notebook .jp-Cell:focus-visible { outline: 1px solid var(--jp-border-color2); outline-offset: 6px; }
    .alliancelab-page .jp-OutputArea-output,
    .alliancelab-page .jp-OutputArea-child .jp-OutputArea-output { padding: 0; overflow: visible; }
    .alliancelab-page .jp-MarkdownOutput { border: 0 !important; padding: 0; }
    .alliancelab-page .jp-RenderedHTMLCommon { font-size: 1.0625rem; line-height: 1.6; padding-right: 0; }
    .alliancelab-start:is([data-alliancelab="waiting"], [data-alliancelab="running"])
    .jp-CodeCell.jp-mod-noOutputs { display: flow-root !important; }
    .alliancelab-start .jp-CodeCell.jp-mod-noOutputs::after {
      content: "Your progress is getting ready."; display: block; box-sizing: border-box; height: 12.2rem;
      margin: 0.5rem 0 1rem; padding: 1.1rem 1.25rem; font-size: 1rem; line-height: 1.55; color: var(--jp-ui-font-color2);
      border: 1px solid var(--jp-border-color2); border-radius: 12px; }
    .alliancelab-start .jp-CodeCell ~ .jp-CodeCell.jp-mod-noOutputs::after {
      content: "Your supervised hours are getting ready."; height: 7.1rem; }
    .alliancelab-page .alliancelab-hidden { display: none !important; }
    .alliancelab-page .alliancelab-notice { padding: 0.75rem 1rem 0; font-size: 0.9375rem; line-height: 1.5;
      color: var(--jp-ui-font-color1); }
    .alliancelab-page .alliancelab-notice:empty { display: none; }
    .alliancelab-page .alliancelab-notice button { font: inherit; margin: 0.5rem 0.5rem 0 0; padding: 0.25rem 0.75rem;
      color: inherit; background: none; border: 1px solid currentcolor; border-radius: 4px; cursor: pointer; }
    [data-alliancelab="still"] .alliancelab-notice,
    [data-alliancelab="failed"] .alliancelab-notice,
    [data-alliancelab="asks"] .alliancelab-notice { position: sticky; top: 0; z-index: 10; padding-bottom: 0.75rem;
      background: var(--jp-layout-color1); border-bottom: 1px solid var(--jp-border-color1); }
  `;

  const about = (panel) => panel.context.model.getMetadata?.("alliancelab");
  const isNotebook7 = () => document.body.dataset.notebook === "notebooks";

  // While a card is not on the screen, show the copy that came with it in the same output.
  function showCopyUntilLive(panel, live, model) {
    const { rendermime } = panel.content;
    if (live.isDisposed || !model.data["text/html"]) return;
    const copy = rendermime.createRenderer("text/html");
    copy.addClass("alliancelab-copy");
    const look = () => {
      if (live.isDisposed) return;
      const isLive = live.widgets.some((view) => view.node.childElementCount > 0);
      live.toggleClass("alliancelab-hidden", !isLive);
      copy.toggleClass("alliancelab-hidden", isLive);
    };
    copy.renderModel(model).then(() => {
      if (live.isDisposed || !live.node.parentElement) return;
      live.node.after(copy.node);
      new MutationObserver(look).observe(live.node, { childList: true, subtree: true });
      look();
    });
    live.disposed.connect(() => {
      copy.node.remove();
      copy.dispose();
    });
  }

  // Returns a promise of the moment from which cards can come to life.
  function bringCopies(panel) {
    const { rendermime } = panel.content;
    const withCopy = (factory) => ({
      ...factory,
      createRenderer: (options) => {
        const live = factory.createRenderer(options);
        const render = live.renderModel.bind(live);
        live.renderModel = (model) => {
          panel.context.ready.then(() => about(panel) && showCopyUntilLive(panel, live, model));
          return render(model);
        };
        return live;
      },
    });
    const add = rendermime.addFactory.bind(rendermime);
    const present = rendermime.getFactory(WIDGET);
    if (present) add(withCopy(present), -10); // the rank that ipywidgets gives it
    return new Promise((resolve) => {
      rendermime.addFactory = (factory, rank) => {
        if (!factory.mimeTypes.includes(WIDGET)) return add(factory, rank);
        add(withCopy(factory), rank);
        resolve(); // from now on ipywidgets listens to this panel's kernel; what runs earlier finds nobody
      };
      setTimeout(resolve, PATIENCE);
    });
  }

  class Page {
    constructor(app, panel, listening, { CodeCell, Dialog }) {
      Object.assign(this, { app, panel, CodeCell, Dialog, ranIn: null, stumbles: 0, scrolled: false });
      this.session = panel.sessionContext;
      this.base = app.serviceManager.serverSettings.baseUrl;
      this.notice = document.createElement("div");
      this.notice.className = "alliancelab-notice";
      this.notice.setAttribute("role", "status");
      this.dress();
      this.keepClean();
      this.say("waiting");
      this.mayRun = this.cells().every((cell) => cell.model.trusted);
      const look = () => this.look();
      for (const signal of ["statusChanged", "connectionStatusChanged", "kernelChanged"]) {
        this.session[signal].connect(look);
        panel.disposed.connect(() => this.session[signal].disconnect(look));
      }
      this.waitAtMost(PATIENCE);
      this.session.ready.then(() => this.session.session?.kernel || this.goStill());
      Promise.all([this.session.ready, listening]).then(() => {
        this.canRun = true;
        this.look();
      });
    }

    cells() {
      return this.panel.content.widgets.filter((cell) => cell.model.type === "code");
    }

    say(state) {
      this.panel.node.dataset.alliancelab = state;
      const here = { ...SAYS, ...SAYS_ON[about(this.panel)?.kind] };
      const text = this.cells().length ? here[state] : ""; // a page to read only is always ready
      if ((this.notice.firstChild?.data ?? "") !== text) this.notice.textContent = text;
      if (state !== "asks" || this.notice.children.length) return;
      const button = (text, click) => {
        const node = document.createElement("button");
        node.textContent = text;
        node.onclick = click;
        return node;
      };
      this.notice.append(
        document.createElement("br"),
        button("Start it", () => ((this.mayRun = true), this.look())),
        button("Show it as a notebook", () => this.undress()),
      );
    }

    // What the page looks like, and which of the notebook's own gestures don't reach it.
    dress() {
      const { panel, app } = this;
      panel.addClass("alliancelab-page");
      panel.toggleClass("alliancelab-start", about(panel)?.kind === "start");
      panel.toolbar.hide();
      panel.content.notebookConfig = { ...panel.content.notebookConfig, windowingMode: "none" };
      (panel.content.outerNode ?? panel.content.node).prepend(this.notice);
      // JupyterLab would tell the reader of a dialogue about a restart; the page runs itself again instead.
      Object.defineProperty(panel, "_autorestarting", { get: () => true, set: () => {}, configurable: true });
      this.ends = new AbortController();
      const on = (type, act) =>
        panel.node.addEventListener(type, act, { capture: true, signal: this.ends.signal });
      on("dblclick", (event) => event.target.closest(".jp-MarkdownCell") && event.stopPropagation());
      on("contextmenu", (event) => event.stopPropagation()); // the browser's own menu, without cell commands
      // Jupyter listens at the document, before the page does: its one-letter commands (a new cell, delete this one)
      // must not see a key that is meant for the page.
      const onKey = (event) => {
        if (!panel.node.contains(event.target)) return;
        this.scrolled = true;
        panel.addClass("alliancelab-keys"); // whoever uses keys is shown where they are
        event.target.setAttribute(NO_SHORTCUTS, "");
        const saves = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
        if (saves) event.preventDefault(); // nothing to save, and no browser dialogue either
      };
      window.addEventListener("keydown", onKey, { capture: true, signal: this.ends.signal });
      panel.disposed.connect(() => this.ends.abort());
      for (const type of ["wheel", "touchstart", "pointerdown"]) on(type, () => (this.scrolled = true));
      for (const type of ["click", "auxclick"]) on(type, (event) => this.follow(event));
      if (!isNotebook7()) return;
      app.shell.collapseTop?.();
      app.shell.menu?.hide();
    }

    undress() {
      const { panel, app } = this;
      this.ends.abort();
      this.notice.remove();
      delete panel._autorestarting;
      delete panel.node.dataset.alliancelab;
      panel.removeClass("alliancelab-page");
      panel.toolbar.show();
      for (const node of panel.node.querySelectorAll(`[${NO_SHORTCUTS}]`)) node.removeAttribute(NO_SHORTCUTS);
      this.isOff = true;
      if (!isNotebook7()) return;
      app.shell.expandTop?.();
      app.shell.menu?.show();
    }

    // A link to another notebook shows it as a page, too: in the same tab of the browser (its back button leads back),
    // or in JupyterLab as another of its tabs. Left to itself Jupyter may show the file's text.
    follow(event) {
      const link = event.target.closest?.("a[href]");
      const here = new URL(`${this.base}files/`, location.href);
      const url = link && new URL(link.href);
      if (url?.origin !== here.origin || !url.pathname.startsWith(here.pathname)) return;
      const path = url.pathname.slice(here.pathname.length);
      if (!path.endsWith(".ipynb")) return;
      event.stopPropagation();
      if (isNotebook7()) {
        Object.assign(link, { href: `${this.base}notebooks/${path}${url.hash}`, target: "_self" });
      } else if (event.type === "click") {
        event.preventDefault();
        this.app.commands.execute("docmanager:open", { path: decodeURIComponent(path) });
      }
    }

    // Answers are kept beside the notebook; nobody is to be asked about unsaved changes.
    keepClean() {
      const { model } = this.panel.context;
      model.stateChanged.connect((_, change) => {
        if (change.name === "dirty" && change.newValue && !this.isOff) queueMicrotask(() => (model.dirty = false));
      });
      model.dirty = false;
    }

    async look() {
      if (this.isOff || this.panel.isDisposed) return;
      const kernel = this.session.session?.kernel;
      const status = kernel?.status ?? "none";
      if (["starting", "restarting", "autorestarting", "dead", "terminating"].includes(status)) this.ranIn = null;
      if (status === "dead" || kernel?.connectionStatus === "disconnected") return this.goStill();
      if (kernel?.connectionStatus !== "connected") return this.ranIn && this.waitAtMost(SHORT_PATIENCE);
      if (status !== "idle" || this.isRunning || !this.canRun || this.stumbles > MOST_STUMBLES) return;
      clearTimeout(this.waiting);
      this.waiting = null;
      if (this.ranIn === kernel.id) return this.say(this.outcome);
      if (!this.mayRun) return this.say("asks");
      this.isRunning = true;
      try {
        await kernel.info;
        this.ranIn = kernel.id;
        this.say("running");
        const replies = await Promise.all(this.cells().map((cell) => this.CodeCell.execute(cell, this.session)));
        this.outcome = replies.some((reply) => reply?.content.status === "error") ? "failed" : "ready";
        this.stumbles = 0;
        this.settle();
      } catch (error) {
        console.error(error); // the kernel went away meanwhile; its next sign of life runs the page again
        this.ranIn = null;
        this.stumbles += 1;
      } finally {
        this.isRunning = false;
      }
      if (this.stumbles > MOST_STUMBLES) this.goStill();
      else if (!this.ranIn) this.look();
    }

    settle() {
      const { outerNode } = this.panel.content;
      if (!this.scrolled && !location.hash && outerNode) {
        outerNode.scrollTop = 0;
        this.scrolled = true; // the next run finds the reader somewhere
      }
      if (this.ranIn) this.say(this.outcome);
      this.save().catch(console.error);
    }

    // Keep the copies for a day without a kernel. Somebody else's newer version on the disk stays as it is.
    async save() {
      const { context } = this.panel;
      if (!context.contentsModel?.writable) return;
      const disk = await this.app.serviceManager.contents.get(context.path, { content: false });
      if (disk.last_modified === context.contentsModel.last_modified) await context.save();
    }

    waitAtMost(patience) {
      this.waiting ??= setTimeout(() => this.goStill(), patience);
    }

    goStill() {
      clearTimeout(this.waiting);
      this.waiting = null;
      if (this.isOff || this.panel.isDisposed) return;
      this.say("still");
      setTimeout(() => this.Dialog.flush(), 0); // the notice says it; a dialogue would say it in Jupyter's words
    }
  }

  let scope;
  const shared = async (name) => {
    const versions = Object.values(scope[name]);
    const get = (versions.find((version) => version.loaded) ?? versions[0]).get;
    return (await get())();
  };

  async function plugin() {
    const [{ INotebookTracker }, { CodeCell }, { Dialog, ICommandPalette }] = await Promise.all(
      ["@jupyterlab/notebook", "@jupyterlab/cells", "@jupyterlab/apputils"].map(shared),
    );
    const pages = new WeakMap();
    const open = (app, panel, listening) => pages.set(panel, new Page(app, panel, listening, { CodeCell, Dialog }));
    return {
      id: "alliancelab:page",
      description: "Shows the notebooks of AllianceLab as calm pages.",
      autoStart: true,
      requires: [INotebookTracker],
      optional: [ICommandPalette],
      activate: (app, tracker, palette) => {
        const style = document.createElement("style");
        style.textContent = STYLE;
        document.head.append(style);
        const begin = (panel) => {
          const listening = bringCopies(panel);
          panel.context.ready.then(() => about(panel) && !panel.isDisposed && open(app, panel, listening));
        };
        tracker.forEach(begin);
        tracker.widgetAdded.connect((_, panel) => begin(panel));
        const command = "alliancelab:page-or-notebook";
        app.commands.addCommand(command, {
          label: "AllianceLab: show as a page or as a notebook",
          isEnabled: () => pages.has(tracker.currentWidget),
          execute: () => {
            const panel = tracker.currentWidget;
            const page = pages.get(panel);
            if (page.isOff) open(app, panel);
            else page.undress();
          },
        });
        palette?.addItem({ command, category: "AllianceLab" });
      },
    };
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB.alliancelab = {
    init: (given) => void (scope = given),
    get: async () => {
      const made = await plugin();
      return () => ({ __esModule: true, default: made });
    },
  };
})();
