/* Choosing another ticket: what is typed is looked for, and the browser's own list offers what was found. */
(() => {
  "use strict";
  let waiting = 0;
  let asked = "";

  async function look(input) {
    const words = input.value.trim();
    const home = input.closest("[data-find]");
    if (!home || words === asked) return;
    asked = words;
    const url = new URL(home.dataset.find, location.href);
    url.searchParams.set("q", words);
    try {
      const answer = await fetch(url, { headers: { "X-Requested-With": "relations" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected || asked !== words) return;
      const body = new DOMParser().parseFromString(`<datalist>${await answer.text()}</datalist>`, "text/html");
      document.getElementById("ticket-hits")?.replaceChildren(...body.querySelectorAll("option"));
    } catch { /* the number can still be typed */ }
  }

  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-tickets]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(look, 200, event.target);
  });
})();

/* @: naming a colleague in a note. The arrows choose, Enter or Tab takes the name, Escape closes. */
(() => {
  "use strict";
  let open = null; // { area, box, list, from, at, asked }
  let waiting = 0;

  function close() {
    if (!open) return;
    clearTimeout(waiting);
    for (const name of ["aria-controls", "aria-activedescendant", "aria-autocomplete"]) open.area.removeAttribute(name);
    open.box.remove();
    open = null;
  }

  function start(area, from) {
    close();
    const box = document.createElement("div");
    box.className = "texts-box is-empty";
    const list = document.createElement("ul");
    list.id = "people-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "@");
    box.append(list);
    area.insertAdjacentElement("afterend", box);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", list.id);
    open = { area, box, list, from, at: -1, asked: null };
    ask();
  }

  const typed = () => open.area.value.slice(open.from + 1, open.area.selectionStart);

  function ask() {
    if (open.asked === typed()) return;
    open.asked = typed();
    clearTimeout(waiting);
    waiting = setTimeout(look, 120, open, open.asked);
  }

  async function options(address, words) {
    const url = new URL(address, location.href);
    url.searchParams.set("q", words.trim());
    try {
      const answer = await fetch(url, { headers: { "X-Requested-With": "people" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return [];
      return [...new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html").querySelectorAll("[role=option]")];
    } catch { return []; }
  }

  async function look(mine, words) {
    const found = await options(mine.area.dataset.people, words);
    if (open !== mine || mine.asked !== words) return;
    mine.list.replaceChildren(...found);
    mine.box.classList.toggle("is-empty", !found.length);
    point(found.length ? 0 : -1);
  }

  function point(at) {
    const all = [...open.list.children];
    open.at = at;
    all.forEach((one, i) => one.setAttribute("aria-selected", String(i === at)));
    if (at < 0) open.area.removeAttribute("aria-activedescendant");
    else { open.area.setAttribute("aria-activedescendant", all[at].id); all[at].scrollIntoView({ block: "nearest" }); }
  }

  function take(option) {
    const { area, from } = open;
    const until = area.selectionStart;
    close();
    area.focus();
    area.setRangeText(`@${option.dataset.text} `, from, until, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("input", (event) => {
    const area = event.target;
    if (area.dataset?.findPeople) {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const found = await options(area.dataset.findPeople, area.value);
        area.list?.replaceChildren(...found.map((one) => Object.assign(document.createElement("option"), { value: one.dataset.text })));
      }, 150);
      return;
    }
    if (!area.dataset?.people || event.isComposing) return;
    const at = area.selectionStart;
    if (open?.area === area) {
      if (at <= open.from || area.value[open.from] !== "@" || typed().includes("\n") || typed().length > 40) close();
      else ask();
      return;
    }
    if (/(^|[^\p{L}\p{N}_.])@$/u.test(area.value.slice(0, at))) start(area, at - 1);
  });

  document.addEventListener("keydown", (event) => {
    if (!open || event.target !== open.area || event.isComposing) return;
    const many = open.list.children.length;
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
    else if (!many) return;
    else if (event.key === "ArrowDown") { event.preventDefault(); point((open.at + 1) % many); }
    else if (event.key === "ArrowUp") { event.preventDefault(); point((open.at - 1 + many) % many); }
    else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); event.stopPropagation(); take(open.list.children[open.at]); }
  }, true);

  document.addEventListener("mousedown", (event) => {
    if (!open) return;
    const option = event.target.closest?.("#people-list [role=option]");
    if (option) { event.preventDefault(); take(option); }
    else if (event.target !== open.area) close();
  });
})();
