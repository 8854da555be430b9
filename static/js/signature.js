/* A signature drawn with a finger, a pen or a mouse, sent as PNG with the form; what came back with a refused form is
   drawn again. It only adds to the page: without scripts the field is not shown, and the note is signed on paper. */
(() => {
  "use strict";
  const begin = (box) => {
    const canvas = box.querySelector("canvas");
    const form = box.closest("form");
    const field = form && form.elements.drawing;
    const pen = canvas && canvas.getContext("2d");
    if (!field || !pen) return;
    box.hidden = false;
    const before = field.value;
    let drawn = false;
    let last = null;
    const clear = () => {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.strokeStyle = pen.fillStyle = "#111";
      pen.lineWidth = 5;
      pen.lineCap = pen.lineJoin = "round";
      drawn = false;
      field.value = "";
    };
    const at = (event) => {
      const place = canvas.getBoundingClientRect();
      return [
        ((event.clientX - place.left) * canvas.width) / place.width,
        ((event.clientY - place.top) * canvas.height) / place.height,
      ];
    };
    const stroke = (to) => {
      pen.beginPath();
      pen.moveTo(...last);
      pen.lineTo(to[0] + 0.01, to[1]);
      pen.stroke();
      last = to;
      drawn = true;
    };
    canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      last = at(event);
      stroke(last);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      const steps = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      for (const one of steps.length ? steps : [event]) stroke(at(one));
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { last = null; });
    box.querySelector("[name=clear]").addEventListener("click", clear);
    form.addEventListener("submit", () => { field.value = drawn ? canvas.toDataURL("image/png") : ""; });
    const again = async (typed) => {
      const bytes = Uint8Array.from(atob(typed.split(",")[1] || ""), (one) => one.charCodeAt(0));
      pen.drawImage(await createImageBitmap(new Blob([bytes], { type: "image/png" })), 0, 0);
      drawn = true;
    };
    clear();
    if (before) again(before).catch(() => {});
  };
  for (const box of document.querySelectorAll("[data-signature]")) begin(box);
})();
