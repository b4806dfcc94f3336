/* Fast hands: rows by j and k, acknowledge by a, ? for the rest. Silent while somebody types. */
"use strict";
{
  const PLACES = { o: "/", a: "/alerts/", m: "/assets/", d: "/decisions/", w: "/work/" };
  let going = false;

  const rows = () => [...document.querySelectorAll("[data-row]")];
  const current = () => document.activeElement?.closest("[data-row]");
  const move = (step) => {
    const all = rows();
    const at = all.indexOf(current());
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const acknowledge = () => {
    const many = document.querySelector("[data-acknowledge-selected]:not([hidden])");
    (many || current()?.querySelector("[data-acknowledge]"))?.click();
  };

  /* What had the focus was replaced: it goes to the row in its place, else to the page, not to nowhere. */
  let place = -1;
  let held = false;
  document.addEventListener("htmx:beforeSwap", () => {
    place = rows().indexOf(current());
    held = document.activeElement !== document.body;
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!held || document.activeElement !== document.body) return;
    (rows().slice(0, place + 1).pop() || document.getElementById("main"))?.focus({ preventScroll: true });
  });

  const ACTS = {
    j: () => move(1),
    k: () => move(-1),
    a: acknowledge,
    x: () => current()?.querySelector("[data-select]")?.click(),
    n: () => document.querySelector("#fresh:not([hidden])")?.click(),
    g: () => (going = true),
    "/": () => document.querySelector("[data-search]")?.focus(),
    "?": () => document.getElementById("keys")?.showModal(),
    Enter: () => current() === document.activeElement && current()?.querySelector("a")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea") || document.querySelector("dialog[open]")) return;
    if (going && PLACES[event.key]) location.assign(PLACES[event.key]);
    else if (Object.hasOwn(ACTS, event.key)) {
      going = false;
      if (event.key !== "Enter") event.preventDefault();
      ACTS[event.key]();
      return;
    }
    going = false;
  });
}
