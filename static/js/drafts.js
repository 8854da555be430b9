/* What is typed on a ticket is kept: at every key by this browser, every two seconds and on leaving by the server.
   The newer text is shown and the other one offered; two windows never overwrite each other. Without scripts nothing is
   saved before it is sent. */
(() => {
  "use strict";
  const PREFIX = "tandem.typed.";
  const PAUSE = 2000;
  const NOT_TYPED = new Set(["csrfmiddlewaretoken", "opening", "stamp", "leave", "next", "next_stamp", "without_status", "key"]);
  const forms = new Map();
  const guarded = (act, otherwise = null) => { try { return act(); } catch { return otherwise; } };
  const tab = guarded(() => {
    const known = sessionStorage.getItem("tandem.tab") || Math.random().toString(36).slice(2);
    sessionStorage.setItem("tandem.tab", known);
    return known;
  }, "only");
  const typedIn = (form) => Object.fromEntries([...new FormData(form)].filter(([name, value]) => typeof value === "string" && !NOT_TYPED.has(name)));
  const same = (one, other) => {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every((name) => String(one[name] ?? "").replace(/\r\n/g, "\n") === String(other[name] ?? "").replace(/\r\n/g, "\n"));
  };
  const uuid = () => {
    const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };
  const clock = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang || "en", { hour: "2-digit", minute: "2-digit" });

  function fill(form, fields) {
    for (const control of form.elements) {
      if (!control.name || NOT_TYPED.has(control.name) || control.type === "file" || control.type === "submit") continue;
      const value = fields[control.name];
      if (control.type === "checkbox" || control.type === "radio") control.checked = value === control.value;
      else if (value !== undefined) control.value = value;
    }
  }

  /* Some forms begin with choices: they are kept once there are words. */
  const isWorth = (state) => !state.words.length || state.words.some((name) => String(state.form.elements[name]?.value ?? "").trim());

  /* this browser's copies: one for each window, so that a second one does not write over the first */
  function copies(state) {
    return guarded(() => Object.keys(localStorage).filter((key) => key.startsWith(`${state.key}#`)).map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) })), []);
  }
  const forget = (state) => { for (const copy of copies(state)) guarded(() => localStorage.removeItem(copy.key)); };
  function remember(state) {
    if (!isWorth(state)) { guarded(() => localStorage.removeItem(`${state.key}#${tab}`)); return; }
    const kept = JSON.stringify({ at: Date.now(), opening: state.opening, mine: state.mine, fields: typedIn(state.form) });
    guarded(() => localStorage.setItem(`${state.key}#${tab}`, kept));
  }
  function forgetSent() {
    const found = document.cookie.match(/(?:^|; )tandem_sent=([^;]+)/);
    if (!found) return;
    document.cookie = "tandem_sent=; max-age=0; path=/";
    guarded(() => {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(PREFIX) && JSON.parse(localStorage.getItem(key)).opening === found[1]) localStorage.removeItem(key);
      }
    });
  }

  /* what stands above the text: from when it is, and the other one */
  function say(state, word, at, other) {
    const { note } = state;
    if (!note) return;
    note.hidden = false;
    note.querySelector("[data-draft-said]").textContent = note.dataset[word].replace("{at}", at);
    const button = note.querySelector("[data-draft-other]");
    button.hidden = !other;
    state.other = other || null;
    if (other) button.textContent = button.dataset.label.replace("{at}", other.at);
    note.querySelector("[data-draft-keep]").hidden = word !== "conflict" && word !== "gone";
  }

  async function send(state, leaving = false) {
    clearTimeout(state.timer);
    const fields = typedIn(state.form);
    if (state.stopped || state.running || same(fields, state.saved) || (!state.stamp && !isWorth(state))) return;
    const body = new FormData(state.form);
    for (const [name, value] of [...body]) if (typeof value !== "string") body.delete(name);
    body.set("stamp", state.stamp);
    /* who signed in again in another tab has another token there */
    const token = document.cookie.match(/(?:^|; )tandem_csrf=([^;]+)/)?.[1] || body.get("csrfmiddlewaretoken") || "";
    body.set("csrfmiddlewaretoken", token);
    state.mine = uuid();
    state.own.add(state.mine);
    body.set("next_stamp", state.mine);
    remember(state);
    state.running = true;
    try {
      const answer = await fetch(state.url, { method: "POST", body: new URLSearchParams(body), keepalive: leaving, headers: { "X-CSRFToken": token } });
      if (answer.ok) settle(state, await answer.json(), fields);
      else if (answer.status === 409) clash(state, await answer.json(), fields);
    } catch { /* away: this browser has it, and the next key tries again */ }
    state.running = false;
    if (!state.stopped && !same(typedIn(state.form), fields)) later(state);
  }
  function settle(state, kept, fields) {
    state.stamp = kept.stamp;
    state.saved = fields;
  }
  function clash(state, there, fields) {
    if (there.sent) { state.stopped = true; return; }
    if (there.fields && same(there.fields, fields)) { settle(state, there, fields); return; }
    /* our own last words, saved while this page was loading */
    if (there.stamp && state.own.has(there.stamp)) { settle(state, there, there.fields); later(state); return; }
    state.stopped = true;
    state.there = there;
    say(state, there.fields ? "conflict" : "gone", there.at || "", there.fields && { at: there.at, fields: there.fields });
  }
  function goOn(state) {
    state.stopped = false;
    state.stamp = state.there?.stamp ?? state.stamp;
    if (state.there && !state.there.stamp) state.stamp = "";
    state.there = null;
    state.saved = {};
    send(state);
  }
  const later = (state) => { clearTimeout(state.timer); state.timer = setTimeout(() => send(state), PAUSE); };

  /* a form without a name of its own gets one: by it the server says that it was sent */
  function name(form) {
    const known = form.elements.opening || form.elements.key;
    if (known) return known.value;
    const made = Object.assign(document.createElement("input"), { type: "hidden", name: "opening", value: uuid() });
    form.append(made);
    return made.value;
  }

  /* what was begun in another opening of this form and only this browser keeps */
  function offer(state) {
    const { form } = state;
    const box = form.parentElement.querySelector("[data-draft-offers]");
    if (!form.dataset.draftMany || !box) return;
    const start = `${PREFIX}${form.dataset.draftOwner}.`;
    const known = new Set([form.dataset.draft, ...[...box.querySelectorAll("[data-draft-of]")].map((one) => one.dataset.draftOf)]);
    const found = guarded(() => Object.keys(localStorage).filter((key) => key.startsWith(start + form.dataset.draftMany)).map((key) => ({ key, url: key.slice(start.length).split("#")[0], ...JSON.parse(localStorage.getItem(key)) })), []);
    for (const one of found.filter((each) => !known.has(each.url)).sort((a, b) => b.at - a.at).slice(0, 3)) {
      const line = document.createElement("div");
      const said = document.createElement("span");
      const buttons = document.createElement("span");
      const button = (words, act) => {
        const made = Object.assign(document.createElement("button"), { type: "button", className: "button is-small", textContent: words });
        made.addEventListener("click", () => { act(); guarded(() => localStorage.removeItem(one.key)); line.remove(); });
        buttons.append(made);
      };
      line.className = "draft-offer";
      buttons.className = "buttons";
      said.textContent = box.dataset.label.replace("{at}", clock(one.at));
      button(box.dataset.takeUp, () => { fill(form, one.fields); remember(state); later(state); say(state, "browser", clock(one.at)); });
      button(box.dataset.throwAway, () => {});
      line.append(said, buttons);
      box.append(line);
    }
  }

  function open(form) {
    if (forms.has(form)) return;
    const state = {
      form, url: form.dataset.draft, key: `${PREFIX}${form.dataset.draftOwner}.${form.dataset.draft}`,
      stamp: form.dataset.draftStamp || "", opening: name(form), words: (form.dataset.draftWords || "").split(" ").filter(Boolean),
      own: new Set(), mine: "", note: form.querySelector("[data-draft-note]"), saved: typedIn(form), stopped: false, running: false, timer: 0, other: null, there: null,
    };
    forms.set(form, state);
    offer(state);
    const ours = copies(state).find((copy) => copy.key === `${state.key}#${tab}`);
    if (ours?.mine) state.own.add(ours.mine);
    if ("draftTyped" in form.dataset) { state.saved = {}; remember(state); return; }
    const onServer = form.dataset.draftSaved ? Date.parse(form.dataset.draftSaved) : 0;
    const shown = typedIn(form);
    const [newest] = copies(state).filter((copy) => !same(copy.fields, shown)).sort((one, other) => other.at - one.at);
    if (!newest) return;
    const now = { at: onServer ? clock(onServer) : "", fields: shown };
    if (newest.at > onServer) {
      fill(form, { ...newest.fields, version: form.elements.version?.value });
      say(state, "browser", clock(newest.at), onServer ? now : null);
      later(state);
    } else say(state, "from", now.at, { at: clock(newest.at), fields: newest.fields });
  }

  document.addEventListener("input", (event) => {
    const state = forms.get(event.target.form);
    if (!state) return;
    remember(state);
    if (!state.stopped) later(state);
  });
  document.addEventListener("change", (event) => {
    const state = forms.get(event.target.form);
    if (state) { remember(state); if (!state.stopped) later(state); }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-draft-other], [data-draft-keep], [data-draft-discard]");
    const state = button && forms.get(button.form);
    if (!state) return;
    if ("draftDiscard" in button.dataset) {
      state.stopped = state.thrown = true;
      clearTimeout(state.timer);
      forget(state);
      if (!state.form.hasAttribute("hx-post")) return;
      event.preventDefault(); /* htmx would send it where the form goes */
      state.form.action = button.formAction;
      state.form.submit();
      return;
    }
    if ("draftKeep" in button.dataset) { say(state, "from", clock(Date.now())); goOn(state); return; }
    const { other } = state;
    const mine = { at: clock(Date.now()), fields: typedIn(state.form) };
    fill(state.form, other.fields);
    remember(state);
    say(state, "from", other.at, mine);
    goOn(state);
  });
  /* an offer that is thrown away goes here, too */
  document.addEventListener("submit", (event) => {
    const { draftOf } = event.target.dataset;
    if (draftOf) guarded(() => { for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX) && key.split("#")[0].endsWith(`.${draftOf}`)) localStorage.removeItem(key); });
  });
  document.addEventListener("submit", (event) => {
    const state = forms.get(event.target);
    if (state) { clearTimeout(state.timer); state.thrown ? forget(state) : remember(state); }
  });
  const flush = () => { for (const state of forms.values()) if (!state.form.dataset.sent) send(state, true); };
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => document.hidden && flush());

  function start() {
    forgetSent();
    for (const form of document.querySelectorAll("form[data-draft]")) open(form);
  }
  document.addEventListener("htmx:after:swap", start);
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
