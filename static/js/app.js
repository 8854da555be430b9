/* What scripts add to pages that work without them: menus and dialogs that close, toasts that leave, keys, drafts, fresh times.
   Nothing here is needed to get work done. No inline handlers, no eval: the content security policy forbids both. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const store = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value); } catch { /* full or forbidden */ } },
  };
  const prefix = location.pathname.split("/")[1] || "";

  /* who signed in again in another tab has another token there, and goes on here with it */
  const token = () => document.cookie.match(/(?:^|; )tandem_csrf=([^;]+)/)?.[1] || $("input[name=csrfmiddlewaretoken]")?.value;
  document.addEventListener("submit", (event) => {
    for (const input of $$("input[name=csrfmiddlewaretoken]", event.target)) input.value = token();
  }, true);

  /* htmx: the token goes with every unsafe request (attributes are not inherited in htmx 4) */
  document.addEventListener("htmx:config:request", (event) => {
    const { request } = event.detail.ctx;
    if (request.method !== "GET" && token()) request.headers["X-CSRFToken"] = token();
    if (event.detail.ctx.sourceEvent?.type !== "every") return;
    if (document.hidden) event.preventDefault();
    request.headers["X-Unattended"] = "1"; /* nobody is here for that: it keeps no session awake */
  });
  let running = 0;
  const busy = (step) => {
    running = Math.max(0, running + step);
    $("#busy")?.classList.toggle("is-on", running > 0);
  };
  const isQuiet = (ctx) => ctx.swap === "none" || ctx.sourceElement?.hasAttribute("data-quiet");
  document.addEventListener("htmx:before:request", (event) => isQuiet(event.detail.ctx) || busy(1));
  document.addEventListener("htmx:finally:request", (event) => isQuiet(event.detail.ctx) || busy(-1));
  document.addEventListener("htmx:error", (event) => isQuiet(event.detail.ctx || {}) || toast(document.body.dataset.offline));
  document.addEventListener("htmx:response:error", (event) => {
    const { ctx } = event.detail;
    if (ctx.response.status >= 500 && !ctx.hx?.retarget && !isQuiet(ctx)) toast(document.body.dataset.failed);
  });
  document.addEventListener("htmx:after:swap", () => settle());

  /* toasts */
  function toast(text) {
    const region = $("#toasts");
    if (!region || !text) return;
    const made = document.createElement("div");
    made.className = "toast tone-red";
    made.setAttribute("role", "alert");
    const said = document.createElement("p");
    said.textContent = text;
    made.append(said);
    region.append(made);
    setTimeout(() => leave(made), 9000);
  }
  function leave(element) {
    element.classList.add("is-leaving");
    setTimeout(() => element.remove(), 180);
  }
  function stay(element) {
    let timer;
    const start = () => { timer = setTimeout(() => leave(element), 7000); };
    for (const on of ["pointerenter", "focusin"]) element.addEventListener(on, () => clearTimeout(timer));
    for (const on of ["pointerleave", "focusout"]) element.addEventListener(on, start);
    start();
  }

  /* menus and dialogs */
  function closeMenus(except) {
    for (const menu of $$("details.menu[open]")) if (menu !== except && !menu.contains(except)) menu.open = false;
  }
  function openDialog(id) {
    const dialog = document.getElementById(id);
    if (!(dialog instanceof HTMLDialogElement) || dialog.open) return false;
    closeMenus();
    dialog.showModal();
    return true;
  }
  document.addEventListener("click", (event) => {
    const at = event.target.closest("a, button, summary, dialog, label, input") || event.target;
    closeMenus(event.target.closest("details.menu"));
    const refused = event.target.closest("[aria-disabled=true]");
    if (refused) { event.preventDefault(); if (refused.title) toast(refused.title); return; }
    const opener = event.target.closest("[data-dialog]");
    if (opener && openDialog(opener.dataset.dialog)) { event.preventDefault(); return; }
    if (event.target.closest("[data-close]")) {
      const dialog = event.target.closest("dialog");
      if (dialog?.open) { event.preventDefault(); dialog.close(); }
      return;
    }
    if (event.target.closest("[data-print]")) { print(); return; }
    if (event.target.closest("[data-dismiss]")) { leave(event.target.closest(".toast")); return; }
    if (at instanceof HTMLDialogElement && at.open) {
      const box = at.getBoundingClientRect();
      if (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom) at.close();
    }
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.menu") && event.target.open) {
      closeMenus(event.target);
      const body = $(".menu-body", event.target);
      const box = body?.getBoundingClientRect();
      if (box && box.right > innerWidth - 8) event.target.classList.add("to-end");
      else if (box && box.left < 8) event.target.classList.remove("to-end");
      $("[autofocus]", body)?.focus();
    }
  }, true);

  /* a form is sent once, and says that it is being sent */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("form[data-once]") || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(() => { delete form.dataset.sent; event.submitter?.removeAttribute("aria-busy"); }, 10000);
  });
  addEventListener("pageshow", () => { for (const form of $$("form[data-sent]")) delete form.dataset.sent; for (const one of $$("[aria-busy=true]")) one.removeAttribute("aria-busy"); });

  /* a filter form without htmx sends itself when a choice is made */
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form && !form.hasAttribute("hx-get")) form.requestSubmit();
    if (event.target.matches("[data-pick-all]")) {
      for (const box of $$(`input[name="${event.target.dataset.pickAll}"]`)) box.checked = event.target.checked;
    }
    if (event.target.matches("[data-pick-all], input[name=pick]")) countPicks();
    const row = event.target.closest("[data-choose] .choose-row");
    if (row && event.target.type !== "radio") $("input[type=radio]", row).checked = true;
    if (event.target.matches("[data-shortcuts-switch]")) store.set("tandem.keys", event.target.checked ? null : "off");
  });

  /* what is done with ticked rows shows when there are some */
  function countPicks() {
    const bar = $("[data-bulk]");
    if (!bar) return;
    const picked = $$("input[name=pick]:checked").length;
    bar.classList.toggle("is-on", picked > 0);
    $("[data-bulk-count]", bar).textContent = picked ? picked.toLocaleString(document.documentElement.lang) : "";
  }

  /* drafts: typed text outlives a closed tab; it goes when its form was sent */
  const draftKey = (area) => `tandem.draft.${prefix}.${area.dataset.draftKey}`;
  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea[data-draft-key]")) store.set(draftKey(event.target), event.target.value || null);
  });
  document.addEventListener("submit", (event) => {
    for (const area of $$("textarea[data-draft-key]", event.target)) sessionStorage.setItem("tandem.sent", draftKey(area));
  });
  function restore(root) {
    for (const area of $$("textarea[data-draft-key]", root)) {
      if (area.dataset.restored) continue;
      area.dataset.restored = "yes";
      const kept = store.get(draftKey(area));
      if (kept && !area.value) area.value = kept;
    }
  }
  function forget() {
    let sent = null;
    try { sent = sessionStorage.getItem("tandem.sent"); sessionStorage.removeItem("tandem.sent"); } catch { /* forbidden */ }
    if (sent && !$(".field-error, .errorlist, [data-focus]")) store.set(sent, null);
  }

  /* times that stay true while the page is open */
  function refreshTimes() {
    const { minutes, hours } = document.body.dataset;
    for (const time of $$("time[data-ago]")) {
      const passed = (Date.now() - new Date(time.dateTime)) / 60000;
      if (!minutes || passed < 0.75 || passed >= 2880) continue;
      const said = passed < 60 ? minutes.replace("{n}", Math.max(1, Math.trunc(passed))) : hours.replace("{n}", Math.trunc(passed / 60));
      if (time.textContent !== said) time.textContent = said;
    }
  }
  setInterval(() => document.hidden || refreshTimes(), 30000);

  /* keys; off for a person who switched them off (WCAG 2.1.4) and while something is typed */
  let waiting = 0;
  const isTyping = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  function move(step) {
    const links = $$("a.row-link");
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    const next = links[Math.min(links.length - 1, Math.max(0, at + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { const open = $("details.menu[open]"); if (open) { open.open = false; $("summary", open).focus(); } return; }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.matches("textarea")) { event.target.form?.requestSubmit(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || $("dialog[open]") || store.get("tandem.keys") === "off") return;
    const key = event.key;
    if (waiting && Date.now() - waiting < 1500) {
      waiting = 0;
      const link = $(`[data-go="${CSS.escape(key)}"]`);
      if (link) { event.preventDefault(); location.href = link.href; }
      return;
    }
    if (key === "g") { waiting = Date.now(); return; }
    if (key === "/") { const find = $("#find"); if (find) { event.preventDefault(); find.focus(); find.select(); } return; }
    if (key === "?") { if (openDialog("shortcuts")) event.preventDefault(); return; }
    if (key === "j" || key === "k") { move(key === "j" ? 1 : -1); return; }
    const target = key.length === 1 && $(`[data-key="${CSS.escape(key)}"]`);
    if (target) {
      event.preventDefault();
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "radio") target.focus();
      else target.click();
      const next = target.dataset.then && $(target.dataset.then);
      if (next) next.focus();
    }
  });

  function settle(root = document) {
    for (const one of $$(".toast[data-leaves]:not([data-staying])", root)) { one.dataset.staying = "yes"; stay(one); }
    restore(root);
    refreshTimes();
    countPicks();
  }
  /* a mail in its frame is as tall as what it says */
  function fit(frame) {
    const said = frame.contentDocument?.body;
    if (said?.childElementCount) frame.height = Math.max(120, said.offsetHeight + 1);
  }
  for (const frame of $$("iframe[data-fits]")) {
    frame.addEventListener("load", () => fit(frame));
    new ResizeObserver(() => fit(frame)).observe(frame);
  }

  function start() {
    for (const box of $$("[data-shortcuts-switch]")) box.checked = store.get("tandem.keys") !== "off";
    forget();
    settle();
    $("[data-focus]")?.focus();
    if (location.hash && openDialog(location.hash.slice(1))) history.replaceState(null, "", location.pathname + location.search);
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
