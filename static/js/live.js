/* The live connection: htmx's ws extension holds the socket; this file says what a message does.
   A message is the HTML row of an alert. A row on the page is replaced in place; a new one announces itself. */
"use strict";
{
  const POLL = 5000;
  const RECONCILE = 30_000;
  const GATHER = 500;
  const BY_ITSELF = [1006, 1011, 1012, 1013]; // codes after which the extension connects again by itself
  let open = false;
  let heard = Date.now();
  let timer = null;
  let again = false;
  const seen = new Set();

  htmx.config.wsReconnectDelay = (tries) => Math.min(500 * 2 ** tries, 8000) * (0.5 + Math.random() / 2);

  const clock = (at) => zones.write(at, { hour: "2-digit", minute: "2-digit" }, zones.plant());
  const show = (state) => {
    const sign = document.getElementById("live");
    if (!sign) return;
    const words = state === "stale" ? `stale since ${clock(heard)}` : state;
    if (sign.dataset.state === state && state !== "stale") return;
    sign.dataset.state = state;
    sign.querySelector("[data-live-text]").textContent = words;
  };
  const reached = () => {
    heard = Date.now();
    show(open ? "live" : "polling");
  };

  /* At once, and once more after a while if there was more: a flood costs two requests a second. */
  const refresh = () => {
    if (timer) {
      again = true;
      return;
    }
    htmx.trigger(document.body, "refresh");
    timer = setTimeout(() => {
      timer = null;
      if (again) {
        again = false;
        refresh();
      }
    }, GATHER);
  };

  const say = (row) => {
    if (seen.has(row.dataset.alert) || row.dataset.open !== "true") return;
    seen.add(row.dataset.alert);
    const urgent = row.dataset.priority === "1";
    document.getElementById(urgent ? "say-at-once" : "say-politely").textContent = row.dataset.words;
  };

  const fits = (row, list) =>
    row.dataset.open === "true" &&
    (!list.dataset.priority || list.dataset.priority === row.dataset.priority) &&
    (!list.dataset.state || list.dataset.state === row.dataset.state);

  const same = (old, row) => old.dataset.version === row.dataset.version && old.dataset.words === row.dataset.words;
  const replace = (old, row) => {
    if (same(old, row)) return;
    const box = old.querySelector("[data-select]");
    const fresh = row.cloneNode(true);
    if (box?.checked) fresh.querySelector("[data-select]").checked = true;
    const focused = old.contains(document.activeElement);
    old.replaceWith(fresh);
    htmx.process(fresh);
    htmx.trigger(fresh, "htmx:load", { elt: fresh });
    if (focused) fresh.focus();
  };

  const announce = (row, list) => {
    if (!fits(row, list)) return;
    const ids = new Set((list.dataset.fresh || "").split(" ").filter(Boolean)).add(row.dataset.alert);
    list.dataset.fresh = [...ids].join(" ");
    const banner = document.getElementById("fresh");
    banner.querySelector("[data-fresh-count]").textContent = ids.size;
    banner.hidden = false;
    const calm = list.querySelector("[data-alert]") && !document.documentElement.classList.contains("wall");
    if (!calm) banner.click();
  };

  const take = (row) => {
    say(row);
    const places = document.querySelectorAll(`[data-alert-list] [data-alert="${row.dataset.alert}"]`);
    places.forEach((place) => replace(place, row));
    const list = document.querySelector("[data-alert-list]");
    if (list && !places.length) announce(row, list);
  };

  const takeAll = (html) => {
    const box = document.createElement("template");
    box.innerHTML = html;
    box.content.querySelectorAll("[data-alert]").forEach(take);
    return box.content;
  };

  /* What was missed while away: the list as the server has it now. A list that was read while somebody here
     changed a row may be older than the change's own answer: it is read again. */
  let changes = 0;
  const catchUp = async () => {
    if (!document.querySelector("[data-alert-list]")) return;
    const before = changes;
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const html = await answer.text();
    if (changes === before) takeAll(html);
    else await catchUp();
  };
  const countChange = ({ detail }) => (changes += detail.requestConfig.verb === "get" ? 0 : 1);
  document.addEventListener("htmx:beforeRequest", countChange);
  document.addEventListener("htmx:afterRequest", countChange);

  /* What the page already shows is no news, also when the list is read again. */
  const know = () =>
    document.querySelectorAll("[data-alert-list] [data-alert]").forEach((row) => seen.add(row.dataset.alert));

  document.addEventListener("htmx:wsOpen", () => {
    open = true;
    reached();
    know();
    refresh();
    catchUp();
  });
  document.addEventListener("htmx:wsClose", (event) => {
    open = false;
    show("polling");
    const { event: closed, socketWrapper } = event.detail;
    if (closed.code === 4401) location.reload();
    else if (!BY_ITSELF.includes(closed.code) && closed.code < 4000) setTimeout(() => socketWrapper.reconnect(), POLL);
  });
  document.addEventListener("htmx:wsBeforeMessage", (event) => {
    event.preventDefault();
    reached();
    if (takeAll(event.detail.message).querySelector("[data-resync]")) catchUp();
    refresh();
  });
  /* An answer may come after its button was replaced by news: its rows and its words still count. */
  const inTime = new WeakSet();
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => inTime.add(detail.xhr));
  const answerLate = ({ xhr, requestConfig, successful }) => {
    if (!successful || requestConfig.verb === "get" || inTime.has(xhr)) return;
    takeAll(xhr.responseText);
    const told = JSON.parse(xhr.getResponseHeader("HX-Trigger") || "{}");
    for (const [name, detail] of Object.entries(told)) htmx.trigger(document.body, name, detail);
  };

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.xhr?.status) return;
    reached();
    answerLate(detail);
  });
  document.addEventListener("htmx:sendError", () => show("stale"));
  /* An answer that was on its way may still come and say "live": ask again to know. */
  addEventListener("offline", () => {
    show("stale");
    setTimeout(refresh, 2 * GATHER);
  });
  addEventListener("online", refresh);
  setInterval(() => {
    if (open) return;
    refresh();
    catchUp();
  }, POLL);
  setInterval(refresh, RECONCILE);
}
