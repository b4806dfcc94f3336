/* Rows that are ticked: their number, and what can be done with them together. */
"use strict";
{
  const boxes = () => [...document.querySelectorAll("[data-select]")];
  const show = () => {
    const bar = document.querySelector("[data-bulk]");
    if (!bar) return;
    const number = boxes().filter((box) => box.checked).length;
    bar.hidden = !number;
    bar.querySelector("[data-acknowledge-selected]")?.toggleAttribute("hidden", !number);
    bar.querySelector("[data-selected]").textContent = number;
  };

  document.addEventListener("change", (event) => event.target.matches("[data-select]") && show());
  document.addEventListener("click", (event) => {
    const all = event.target.closest("[data-select-all]");
    if (!all && !event.target.closest("[data-select-none]")) return;
    for (const box of boxes()) box.checked = Boolean(all);
    show();
  });
  document.addEventListener("htmx:afterSettle", show);
}
