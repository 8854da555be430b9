/* The palette: Ctrl+K opens it, arrows choose, Enter goes. The list stays a listbox, the input keeps the focus.
   The button that opens it is a link to the same thing as a page. */
(() => {
  "use strict";
  const dialog = document.getElementById("palette");
  const input = document.getElementById("palette-input");
  const list = document.getElementById("palette-hits");
  const said = document.getElementById("palette-said");
  if (!dialog || !input || !list) return;
  let at = -1;
  const options = () => [...list.querySelectorAll(".palette-hit")];

  function choose(next) {
    const found = options();
    at = found.length ? (next + found.length) % found.length : -1;
    found.forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    if (at < 0) { input.removeAttribute("aria-activedescendant"); return; }
    input.setAttribute("aria-activedescendant", found[at].id);
    found[at].scrollIntoView({ block: "nearest" });
  }
  function show() {
    const count = options().length;
    input.setAttribute("aria-expanded", String(list.childElementCount > 0));
    said.textContent = count === 1 ? said.dataset.one : said.dataset.many.replace("{n}", count);
    choose(0);
  }
  function open() {
    if (dialog.open) return;
    const other = document.querySelector("dialog[open]");
    if (other) return;
    dialog.showModal();
    input.focus();
    input.select();
    input.dispatchEvent(new Event("palette"));
  }
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      dialog.open ? dialog.close() : open();
    }
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  input.addEventListener("keydown", (event) => {
    const found = options();
    if (event.key === "ArrowDown") { event.preventDefault(); choose(at + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); choose(at - 1); }
    else if (event.key === "Enter") { event.preventDefault(); found[at]?.click(); }
    else if (event.key === "Escape") { event.preventDefault(); dialog.close(); }
  });
  list.addEventListener("pointermove", (event) => {
    const index = options().indexOf(event.target.closest(".palette-hit"));
    if (index >= 0 && index !== at) choose(index);
  });
  document.addEventListener("htmx:after:swap", () => { if (dialog.open && list.childElementCount) show(); });
})();
