/* Who else has this ticket open, and who writes: said and asked every twenty seconds while the tab is seen, and not
   otherwise. Whoever may not see the ticket any more stops asking. Without scripts nobody is shown. */
(() => {
  "use strict";
  const BEAT = 20000;
  const WRITING = 30000;
  const line = document.querySelector("[data-presence]");
  if (!line) return;
  let typed = 0;
  let shown = "";
  let timer = 0;

  const say = (words, leaving = false) => fetch(line.dataset.presence, {
    method: "POST", body: new URLSearchParams(words), keepalive: leaving, credentials: "same-origin",
    headers: { "X-CSRFToken": document.querySelector("input[name=csrfmiddlewaretoken]")?.value || "" },
  });
  function show(body) {
    if (body === shown) return;
    shown = body;
    line.replaceChildren(...new DOMParser().parseFromString(body, "text/html").body.childNodes);
  }
  async function beat() {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const answer = await say(Date.now() - typed < WRITING ? { writes: "1" } : {});
      if (!answer.ok || answer.redirected) { show(""); return; }
      show(await answer.text());
    } catch { show(""); /* away: the next beat tries again */ }
    clearTimeout(timer);
    timer = setTimeout(beat, BEAT);
  }
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-draft]")) typed = Date.now(); });
  document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : beat());
  addEventListener("pagehide", () => { clearTimeout(timer); say({ leaves: "1" }, true).catch(() => {}); });
  addEventListener("pageshow", (event) => { if (event.persisted) beat(); });
  beat();
})();
