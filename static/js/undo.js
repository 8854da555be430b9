/* A mail that has not left counts down at its note and in the corner, where it can be taken back from as well.
   Without scripts the button at the note does the same. */
(() => {
  "use strict";
  const told = new Set();

  function corner(form) {
    const toast = document.createElement("div");
    const said = document.createElement("p");
    const copy = form.cloneNode(true);
    const first = document.createElement("span");
    const counted = copy.querySelector("[data-undo-said]");
    toast.className = "toast tone-blue";
    first.className = "unseen";
    first.textContent = counted.textContent;
    counted.setAttribute("aria-hidden", "true"); /* said once and not every second */
    copy.className = "undo-toast";
    copy.removeAttribute("data-undo");
    said.append(first, counted);
    copy.prepend(copy.querySelector(".icon"), said);
    toast.append(copy);
    document.getElementById("toasts")?.append(toast);
    return toast;
  }
  function begin(form) {
    const seconds = Number(form.dataset.undo);
    if (form.dataset.counting || !seconds) return;
    form.dataset.counting = "yes";
    const end = Date.now() + seconds * 1000;
    const isNew = !told.has(form.action);
    told.add(form.action);
    const toast = isNew ? corner(form) : null;
    const timer = setInterval(() => {
      const left = Math.ceil((end - Date.now()) / 1000);
      const words = left > 0 ? form.dataset.counts.replace("{seconds}", left) : form.dataset.leavesNow;
      for (const one of [form, toast]) {
        const said = one?.querySelector("[data-undo-said]");
        if (said && said.textContent !== words) said.textContent = words;
      }
      if (left > 0) return;
      clearInterval(timer);
      form.querySelector("button").hidden = true;
      toast?.remove();
    }, 250);
  }
  const start = () => { for (const form of document.querySelectorAll("form[data-undo]")) begin(form); };
  document.addEventListener("htmx:after:swap", start);
  start();
})();
