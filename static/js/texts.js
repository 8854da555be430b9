/* Text modules: typing :: (or the button) opens what fits, the arrows choose, Enter inserts, Tab goes from fill-in to fill-in.
   Without this file the button under the text does the same in two steps. */
(() => {
  "use strict";
  const LIST = "texts-list";
  const FILL_IN = /\[\[(?=[\p{L}\p{N}])[^[\]\n]{1,80}?\*?\]\]/gu;
  let open = null; // { area, box, list, from, by: "typing" | "button", at, asked }
  let asking = 0;

  const home = (area) => area.closest("[data-texts]");
  const isOne = (target) => target instanceof HTMLTextAreaElement && Boolean(home(target));
  const bar = (area) => home(area)?.querySelector(".texts-bar") || area.form?.querySelector(".texts-bar");
  const say = (area, what, count) => {
    const place = bar(area)?.querySelector("[data-texts-said]");
    if (place) place.textContent = (place.dataset[what] || "").replace("{n}", count ?? "");
  };

  function close() {
    if (!open) return;
    clearTimeout(asking);
    const { area, box } = open;
    open = null;
    box.remove();
    for (const name of ["aria-controls", "aria-activedescendant", "aria-haspopup", "aria-autocomplete"]) area.removeAttribute(name);
  }

  function start(area, from, by) {
    close();
    const box = document.createElement("div");
    box.className = "texts-box";
    const list = document.createElement("ul");
    list.id = LIST;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", bar(area)?.querySelector("[data-texts-open]")?.textContent.trim() || "::");
    box.append(list);
    area.insertAdjacentElement("afterend", box);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", LIST);
    area.setAttribute("aria-haspopup", "listbox");
    open = { area, box, list, from, by, at: -1, asked: null };
    ask();
  }

  /* the words after ::, on the line the cursor is in */
  function typed() {
    const { area, from } = open;
    return area.value.slice(from + 2, area.selectionStart);
  }

  function ask() {
    const words = typed();
    if (open.asked === words) return;
    open.asked = words;
    clearTimeout(asking);
    asking = setTimeout(fetchThem, 120, words);
  }

  async function fetchThem(words) {
    const mine = open;
    if (!mine) return;
    const url = new URL(home(mine.area).dataset.texts, location.href);
    url.searchParams.set("q", words.trim());
    for (const name of ["company", "contact", "location"]) {
      const value = mine.area.form?.elements[name]?.value;
      if (value) url.searchParams.set(name, value);
    }
    let body = "";
    try {
      const answer = await fetch(url, { headers: { "X-Requested-With": "texts" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      body = await answer.text();
    } catch { return; }
    if (open !== mine || mine.asked !== words) return;
    const found = new DOMParser().parseFromString(`<ul>${body}</ul>`, "text/html").querySelectorAll("[role=option]");
    mine.list.replaceChildren(...found);
    mine.box.classList.toggle("is-empty", !found.length);
    point(found.length ? 0 : -1);
    say(mine.area, found.length ? "some" : "none", found.length);
  }

  function point(at) {
    const all = [...open.list.children];
    open.at = at;
    all.forEach((one, i) => one.setAttribute("aria-selected", String(i === at)));
    if (at < 0) { open.area.removeAttribute("aria-activedescendant"); return; }
    open.area.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  }

  function insert(option) {
    const { area, from } = open;
    const text = option.dataset.text;
    const until = area.selectionStart;
    close();
    area.focus();
    area.setRangeText(text, from, Math.max(from, until), "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    say(area, "done");
    const first = next(area, from, from + text.length);
    if (first) area.setSelectionRange(...first);
  }

  /* the fill-in that begins at or after a place */
  function next(area, from, until = area.value.length) {
    for (const found of area.value.matchAll(FILL_IN)) {
      if (found.index >= from && found.index < until) return [found.index, found.index + found[0].length];
    }
    return null;
  }

  document.addEventListener("input", (event) => {
    const area = event.target;
    if (!isOne(area) || event.isComposing) return;
    const at = area.selectionStart;
    if (open?.area === area) {
      if (at < open.from + 2 || area.value.slice(open.from, open.from + 2) !== "::" || typed().includes("\n") || typed().length > 40) close();
      else ask();
      return;
    }
    const before = area.value.slice(Math.max(0, at - 3), at);
    if (/(^|[^\w:])::$/.test(before) && event.inputType?.startsWith("insert")) start(area, at - 2, "typing");
  });

  document.addEventListener("keydown", (event) => {
    const area = event.target;
    if (!isOne(area)) return;
    if (open?.area === area) {
      const many = open.list.children.length;
      if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); return; }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (many && event.key === "ArrowDown") { event.preventDefault(); point((open.at + 1) % many); return; }
      if (many && event.key === "ArrowUp") { event.preventDefault(); point((open.at - 1 + many) % many); return; }
      if (many && (event.key === "Enter" || event.key === "Tab") && !event.shiftKey) {
        event.preventDefault();
        insert(open.list.children[Math.max(0, open.at)]);
        return;
      }
      if (event.key === "Tab") close();
      return;
    }
    if (event.key === "Tab" && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
      const found = next(area, area.selectionEnd);
      if (found) { event.preventDefault(); area.setSelectionRange(...found); }
    }
  }, true);

  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest?.(".texts-option");
    if (option && open) { event.preventDefault(); insert(option); return; }
    if (open && event.target !== open.area) close();
  });
  document.addEventListener("focusout", (event) => { if (open && event.target === open.area) setTimeout(() => { if (open && document.activeElement !== open.area) close(); }); });

  /* the button: types :: where the cursor is */
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-texts-open]");
    if (!button) return;
    const place = button.closest("[data-texts]");
    const area = place?.querySelector("textarea");
    if (!area) return;
    area.focus();
    const at = area.selectionStart;
    const gap = at && !/\s$/.test(area.value.slice(0, at)) ? " " : "";
    area.setRangeText(`${gap}::`, at, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    start(area, at + gap.length, "button");
  });

  function settle() {
    for (const button of document.querySelectorAll("[data-texts-open][hidden]")) button.hidden = false;
  }
  document.addEventListener("htmx:after:swap", settle);
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", settle) : settle();
})();
