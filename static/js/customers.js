/* The customer of a new ticket: one box that searches while somebody types; the arrows choose, Enter takes.
   Without this file the search button and the list below it do the same. */
(() => {
  "use strict";
  const LIST = "customers-list";
  let asking = 0;

  function begin(box) {
    const input = box.querySelector("input[name=find]");
    const select = box.querySelector("select");
    if (!input || !select || box.dataset.ready) return;
    box.dataset.ready = "yes";
    const said = box.querySelector("[data-customers-said]");
    const list = document.createElement("ul");
    const frame = document.createElement("div");
    frame.className = "texts-box is-empty";
    list.id = LIST;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.getAttribute("aria-label"));
    frame.append(list);
    input.closest(".customer-find").after(frame);
    box.querySelector("button[name=search]").hidden = true;
    select.hidden = true;
    select.required = false;
    input.required = true;
    input.type = "text";
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", LIST]]) input.setAttribute(name, value);
    box.querySelector("label").htmlFor = input.id;
    input.removeAttribute("aria-label");
    if (select.value) input.value = select.selectedOptions[0].textContent;
    let at = -1;
    let taken = select.value ? input.value : "";

    const close = () => { frame.classList.add("is-empty"); list.replaceChildren(); at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    function point(to) {
      at = to;
      [...list.children].forEach((one, i) => one.setAttribute("aria-selected", String(i === at)));
      if (at >= 0) { input.setAttribute("aria-activedescendant", list.children[at].id); list.children[at].scrollIntoView({ block: "nearest" }); }
    }
    function settle(value, name) {
      if (value && ![...select.options].some((one) => one.value === value)) select.add(new Option(name, value));
      if (value) { input.value = taken = name; } else { taken = ""; }
      input.setCustomValidity(value ? "" : box.dataset.choose);
      if (select.value === value) return;
      select.value = value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    function take(option) { const { value, name } = option.dataset; close(); settle(value, name); }
    async function ask(words) {
      const url = new URL(box.dataset.customers, location.href);
      url.searchParams.set("q", words);
      let body = "";
      try {
        const answer = await fetch(url, { credentials: "same-origin", headers: { "X-Requested-With": "customers" } });
        if (!answer.ok || answer.redirected) return;
        body = await answer.text();
      } catch { return; }
      if (input.value.trim() !== words || document.activeElement !== input) return;
      const found = new DOMParser().parseFromString(`<ul>${body}</ul>`, "text/html").querySelectorAll("[role=option]");
      list.replaceChildren(...found);
      frame.classList.toggle("is-empty", !found.length);
      input.setAttribute("aria-expanded", String(Boolean(found.length)));
      said.textContent = found.length ? String(found.length) : box.dataset.none;
      point(found.length ? 0 : -1);
    }
    input.addEventListener("input", () => {
      clearTimeout(asking);
      const words = input.value.trim();
      if (taken && input.value !== taken) settle("", "");
      if (!words) { close(); input.setCustomValidity(""); return; }
      input.setCustomValidity(select.value ? "" : box.dataset.choose);
      asking = setTimeout(ask, 120, words);
    });
    input.addEventListener("keydown", (event) => {
      const many = list.children.length;
      if (event.key === "Escape" && many) { event.preventDefault(); event.stopPropagation(); close(); return; }
      if (!many || event.ctrlKey || event.metaKey || event.altKey) { if (event.key === "Enter" && !select.value) event.preventDefault(); return; }
      if (event.key === "ArrowDown") { event.preventDefault(); point((at + 1) % many); }
      else if (event.key === "ArrowUp") { event.preventDefault(); point((at - 1 + many) % many); }
      else if (event.key === "Enter") { event.preventDefault(); take(list.children[Math.max(0, at)]); }
      else if (event.key === "Tab") take(list.children[Math.max(0, at)]);
    });
    list.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) { event.preventDefault(); take(option); }
    });
    input.addEventListener("change", (event) => event.stopPropagation());
    input.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== input) close(); }));
  }

  const start = () => { for (const box of document.querySelectorAll("[data-customers]")) begin(box); };
  document.addEventListener("htmx:after:swap", start);
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
