/* Before the first paint: the colours that this person chose. */
"use strict";
{
  const root = document.documentElement;
  const apply = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };
  const chosen = () => localStorage.getItem("theme") || "auto";
  const names = { auto: "as the system has it", light: "light", dark: "dark" };

  const show = (theme) => {
    for (const icon of document.querySelectorAll("[data-theme-icon]")) icon.hidden = icon.dataset.themeIcon !== theme;
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.setAttribute("aria-label", `Colours: ${names[theme]}`);
    }
  };

  apply(chosen());
  document.addEventListener("DOMContentLoaded", () => {
    show(chosen());
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.addEventListener("click", () => {
        const order = Object.keys(names);
        const next = order[(order.indexOf(chosen()) + 1) % order.length];
        localStorage.setItem("theme", next);
        apply(next);
        show(next);
        document.dispatchEvent(new CustomEvent("theme"));
      });
    }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.dispatchEvent(new CustomEvent("theme"));
  });
}
