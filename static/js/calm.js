/* What is under the pointer or has the focus is not replaced: the change waits until the person leaves,
   or has not moved for a while. An answer to the person's own action is always shown. */
"use strict";
{
  const IDLE = 8000;
  const waiting = new Set();
  const hovers = matchMedia("(hover: hover)").matches && !document.documentElement.classList.contains("wall");
  let moved = 0;

  const inUse = (element) => {
    const typing = element.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
    return typing || element.querySelector("dialog[open]") || (hovers && element.matches(":hover") && Date.now() - moved < IDLE);
  };

  const release = () => {
    for (const element of [...waiting]) {
      if (element.isConnected && inUse(element)) continue;
      waiting.delete(element);
      if (element.isConnected) htmx.trigger(element, "calm");
    }
  };

  document.addEventListener("htmx:confirm", (event) => {
    const element = event.detail.elt;
    if (!element.matches("[data-calm]") || !inUse(element)) return;
    event.preventDefault();
    waiting.add(element);
  });
  /* News that was asked for before the person began must not take the dialog away when it arrives. */
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.requestConfig.verb !== "get" || !detail.target.matches("[data-calm]") || !inUse(detail.target)) return;
    detail.shouldSwap = false;
    waiting.add(detail.target);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb !== "get") moved = 0;
  });
  document.addEventListener("pointermove", () => (moved = Date.now()), { passive: true });
  document.addEventListener("pointerover", release, { passive: true });
  document.addEventListener("focusout", () => setTimeout(release));
  setInterval(release, 2000);
}
