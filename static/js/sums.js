/* What is ticked on a page of items comes to so much, while one ticks. Amounts are counted in cents; without scripts the
   sum of all of them stands there. */
(() => {
  "use strict";
  const cents = (text) => Math.round(Number(text) * 100);
  const add = (form) => {
    const said = form.querySelector("[data-ticked]");
    const ticked = [...form.querySelectorAll("input[data-amount]:checked")];
    const sum = ticked.reduce((sofar, one) => sofar + cents(one.dataset.amount), 0) / 100;
    const { locale, currency } = said.dataset;
    said.querySelector("[data-ticked-count]").textContent = ticked.length.toLocaleString(locale);
    said.querySelector("[data-ticked-sum]").textContent = sum.toLocaleString(locale, { style: "currency", currency });
    said.hidden = false;
  };
  const all = () => { for (const said of document.querySelectorAll("[data-ticked]")) add(said.closest("form")); };
  document.addEventListener("change", (event) => {
    if (event.target instanceof Element && event.target.matches("input[data-amount]")) add(event.target.form);
  });
  addEventListener("pageshow", all);
  all();
})();
