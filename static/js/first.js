/* The first reading has come: say so in green, then show the plant. */
"use strict";
document.addEventListener("first-reading", () => {
  const words = document.querySelector(".first-wait");
  words.classList.add("first-done");
  words.lastChild.textContent = "The first reading is here.";
  setTimeout(() => location.reload(), 1200);
});
