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
