/* The stopwatch's time goes on while the page is open, and "Save and leave" knows which list to go back to.
   Both only add to what the server wrote: the time is counted there, and without scripts the list of tickets opens. */
(() => {
  "use strict";
  const shown = Date.now();
  const tick = () => {
    for (const one of document.querySelectorAll("[data-ticking]")) {
      const minutes = Math.floor((Number(one.dataset.ticking) + (Date.now() - shown) / 1000) / 60);
      const said = `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
      if (one.textContent !== said) one.textContent = said;
    }
  };
  setInterval(() => document.hidden || tick(), 5000);
  document.addEventListener("visibilitychange", () => document.hidden || tick());

  const key = `tandem.list.${location.pathname.split("/")[1] || ""}`;
  const fill = () => {
    try {
      if (document.querySelector("#list .list-table")) sessionStorage.setItem(key, location.pathname + location.search);
      const kept = sessionStorage.getItem(key);
      for (const one of document.querySelectorAll("input[data-list-address]")) if (kept) one.value = kept;
    } catch { /* forbidden: the list of tickets will do */ }
  };
  document.addEventListener("htmx:after:swap", fill);
  fill();
})();
