/* Files: dropped, pasted or chosen into a form that takes them, listed before they are sent, sent with progress; and
   looked at in a dialog. Without scripts the field and the preview page do the same. Words stand in the markup. */
(() => {
  "use strict";
  const taken = new WeakMap(); // what a field holds by now: choosing again adds
  const sending = new WeakSet();
  const fieldOf = (form) => form?.querySelector("[data-files] input[type=file]");
  const target = (from) => fieldOf(from?.closest?.("form")) || document.querySelector("[data-files] input[type=file]");
  const same = (one, other) => one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
  const size = (bytes) => {
    const [unit, amount] = bytes < 1e6 ? ["kilobyte", bytes / 1e3] : ["megabyte", bytes / 1e6];
    return new Intl.NumberFormat(document.documentElement.lang || "en", { style: "unit", unit, maximumFractionDigits: amount < 10 ? 1 : 0 }).format(amount);
  };
  const icon = (name) => {
    const made = document.querySelector(`template[data-icon-${name}]`);
    return made ? made.content.cloneNode(true) : "";
  };

  function set(field, files) {
    const moved = new DataTransfer();
    for (const file of files) moved.items.add(file);
    field.files = moved.files;
    taken.set(field, files);
    field.closest("[data-files]").querySelector(".file-again")?.remove();
    draw(field, files);
  }
  function wrong(field, words) {
    const place = field.closest("[data-files]").querySelector(".file-wrong");
    place.textContent = words;
    place.hidden = !words;
  }
  /* the limits are the server's; here they only spare a long wait */
  function add(field, more) {
    const box = field.closest("[data-files]").dataset;
    const files = [...(taken.get(field) || [])];
    let said = "";
    for (const file of more) {
      if (files.some((one) => same(one, file))) continue;
      if (file.size > Number(box.limit)) said ||= box.tooLarge.replace("{name}", file.name);
      else if (!file.size) said ||= box.isEmpty.replace("{name}", file.name);
      else if (files.length >= Number(box.most)) said ||= box.tooMany;
      else files.push(file);
    }
    set(field, files);
    wrong(field, said);
  }
  function draw(field, files) {
    const box = field.closest("[data-files]");
    const list = box.querySelector(".chosen-files");
    list.hidden = !files.length;
    list.replaceChildren(...files.map((file, at) => {
      const line = document.createElement("li");
      const name = document.createElement("span");
      const weight = document.createElement("small");
      const remove = document.createElement("button");
      name.className = "clip";
      name.textContent = file.name;
      weight.textContent = size(file.size);
      remove.type = "button";
      remove.className = "button is-quiet is-icon is-small";
      remove.title = box.dataset.remove.replace("{name}", file.name);
      remove.setAttribute("aria-label", remove.title);
      remove.append(icon("x"));
      remove.addEventListener("click", () => {
        set(field, files.filter((_, other) => other !== at));
        wrong(field, "");
        (list.querySelectorAll("button")[Math.min(at, files.length - 2)] || field).focus();
      });
      line.append(icon("paperclip"), name, weight, remove);
      return line;
    }));
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-files] input[type=file]")) add(event.target, [...event.target.files]);
  });

  /* paste: a picture from the clipboard gets a name of its own; what also is text stays text in a text field */
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files || [])];
    const field = files.length && !document.querySelector("dialog[open]") && target(event.target);
    if (!field || (event.clipboardData.types.includes("text/plain") && event.target.matches("input, textarea"))) return;
    event.preventDefault();
    const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 19).replace(/[T:]/g, (one) => (one === "T" ? " " : "-"));
    const word = field.closest("[data-files]").dataset.pasted;
    add(field, files.map((file) => (/^image\.\w+$/.test(file.name) ? new File([file], `${word} ${now}.${file.name.split(".").pop()}`, { type: file.type, lastModified: Date.now() }) : file)));
  });

  /* drop: anywhere on the page, shown at the form that takes it; a page never gives way to a file by mistake */
  const brings = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  const shown = (field) => { for (const form of document.querySelectorAll(".takes-drop")) if (form !== field?.form) form.classList.remove("takes-drop"); field?.form.classList.add("takes-drop"); };
  document.addEventListener("dragover", (event) => {
    if (!brings(event) || event.target.matches?.("input[type=file]")) return;
    event.preventDefault();
    const field = document.querySelector("dialog[open]") ? null : target(event.target);
    event.dataTransfer.dropEffect = field ? "copy" : "none";
    shown(field);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) shown(null); });
  document.addEventListener("drop", (event) => {
    if (!brings(event) || event.target.matches?.("input[type=file]")) { shown(null); return; }
    event.preventDefault();
    const field = document.querySelector("dialog[open]") ? null : target(event.target);
    shown(null);
    if (field) { add(field, [...event.dataTransfer.files]); field.closest("[data-files]").scrollIntoView({ block: "nearest" }); }
  });

  /* sending: with progress, and after a refusal the files are still there */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const field = fieldOf(form);
    const part = form.closest("#composer, #new-ticket");
    if (!field?.files.length || !part || event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    if (sending.has(form)) return;
    sending.add(form);
    const files = [...field.files];
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", field.closest("[data-files]").dataset.sending);
    field.closest("[data-files]").append(bar);
    const sent = new XMLHttpRequest();
    sent.open("POST", form.action);
    sent.setRequestHeader("HX-Request", "true");
    sent.setRequestHeader("HX-Target", part.id);
    sent.upload.addEventListener("progress", (step) => { if (step.lengthComputable) { bar.max = step.total; bar.value = step.loaded; } });
    const back = (words) => {
      bar.remove();
      sending.delete(form);
      delete form.dataset.sent;
      for (const one of form.querySelectorAll("[aria-busy]")) one.removeAttribute("aria-busy");
      wrong(field, words);
    };
    sent.addEventListener("error", () => back(document.body.dataset.offline));
    sent.addEventListener("load", () => {
      const leads = sent.getResponseHeader("HX-Redirect");
      if (leads) { location.assign(leads); return; }
      const answer = new DOMParser().parseFromString(sent.responseText, "text/html");
      const fresh = answer.getElementById(part.id);
      const old = document.getElementById(part.id);
      if (!fresh || !old) { back(answer.body.textContent.trim().slice(0, 500) || document.body.dataset.failed); return; }
      old.replaceWith(fresh);
      window.htmx?.process(fresh);
      const again = fresh.querySelector("[data-files] input[type=file]");
      if (again) set(again, files);
      document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: {} }));
      fresh.scrollIntoView({ block: "nearest" });
    });
    sent.send(new FormData(form, event.submitter));
  });

  /* looking at a file without leaving the ticket: the preview's own page, in a dialog */
  let asked = 0;
  async function look(link) {
    const mine = ++asked;
    const step = link.rel;
    let answer;
    try {
      answer = await fetch(link.href, { headers: { "HX-Request": "true", "HX-Target": "preview" } });
      if (!answer.ok) throw answer;
    } catch { location.assign(link.href); return; }
    const part = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("preview");
    if (mine !== asked || !part) return;
    let dialog = document.querySelector("dialog.preview-dialog");
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "preview-dialog";
      dialog.setAttribute("aria-labelledby", "preview-title");
      dialog.addEventListener("close", () => dialog.remove());
      document.body.append(dialog);
    }
    dialog.replaceChildren(part);
    if (!dialog.open) dialog.showModal();
    (dialog.querySelector(`a[rel="${step || "-"}"]`) || dialog.querySelector("[data-close-preview]")).focus();
  }
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    const dialog = event.target.closest("dialog.preview-dialog");
    if (dialog && event.target.closest("[data-close-preview]")) { event.preventDefault(); dialog.close(); return; }
    const link = event.target.closest("a[data-preview]");
    if (!link || document.querySelector("main > .preview")) return;
    event.preventDefault();
    look(link);
  });
  document.addEventListener("keydown", (event) => {
    const part = document.getElementById("preview");
    if (!part || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) part.querySelector("[data-close-preview]").click();
    const step = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    if (step && !event.target.matches("input, textarea, select")) part.querySelector(`a[rel=${step}]`)?.click();
  });
})();
