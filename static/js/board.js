/* Drawing a card to another column makes the move its menu has for it; without scripts the menu does. */
(() => {
  "use strict";
  let held = null;
  const columnOf = (target) => target instanceof Element ? target.closest("[data-board] [data-status]") : null;
  const light = (column) => {
    for (const one of document.querySelectorAll(".board-column.is-over")) if (one !== column) one.classList.remove("is-over");
    column?.classList.add("is-over");
  };
  document.addEventListener("dragstart", (event) => {
    held = event.target instanceof Element ? event.target.closest("[data-board] .board-card") : null;
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.querySelector("a.row-link").href);
  });
  document.addEventListener("dragover", (event) => {
    const column = held && columnOf(event.target);
    if (!column) return;
    event.preventDefault();
    light(column);
  });
  document.addEventListener("dragend", () => { held = null; light(null); });
  document.addEventListener("drop", (event) => {
    const column = held && columnOf(event.target);
    if (!column) return;
    event.preventDefault();
    const card = held;
    held = null;
    light(null);
    if (column.contains(card)) return;
    const way = card.querySelector(`[data-to="${CSS.escape(column.dataset.status)}"]`);
    if (way) { way.click(); return; }
    const said = document.getElementById("board-said");
    said.classList.remove("unseen");
    said.textContent = column.closest("[data-board]").dataset.refused;
  });
})();
