/* Short messages that say what was done, and what failed. */
"use strict";
const toast = (text, level = "info") => {
  for (const old of document.querySelectorAll(".toast")) if (old.firstChild.textContent === text) old.remove();
  const box = document.createElement("div");
  box.className = "toast";
  box.dataset.level = level;
  const words = document.createElement("p");
  words.textContent = text;
  box.append(words);
  document.getElementById("toasts")?.append(box);
  furnish(box);
};

const furnish = (box) => {
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button button-bare";
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  close.addEventListener("click", () => box.remove());
  box.append(close);
  if (box.dataset.level !== "error") setTimeout(() => box.remove(), 8000);
};

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".toast").forEach(furnish));

/* The server tells by header: HX-Trigger: {"toast": {"text": ..., "level": ...}} */
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level));

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  let said = "";
  if (xhr.getResponseHeader("Content-Type")?.includes("json")) said = JSON.parse(xhr.responseText).detail;
  if (xhr.status === 401) location.reload();
  toast(said || `That did not work (${xhr.status}). Nothing was changed.`, "error");
});

document.addEventListener("htmx:sendError", (event) => {
  if (event.detail.requestConfig.verb !== "get") toast("The server is out of reach. Nothing was changed.", "error");
});
