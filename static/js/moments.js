/* Moments by the plant's clock (see zones.js); "since" in words. Where sites differ, each names its zone. */
"use strict";
{
  const FORMS = {
    datetime: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
    clock: { hour: "2-digit", minute: "2-digit" },
    date: { day: "numeric", month: "short" },
    day: { weekday: "short", day: "numeric", month: "short" },
  };
  const STEPS = [
    [60, 1, "s"],
    [3600, 60, "min"],
    [86400, 3600, "h"],
    [Infinity, 86400, "d"],
  ];

  const since = (at) => {
    const seconds = (Date.now() - at) / 1000;
    const ahead = seconds < 0;
    const size = Math.abs(seconds);
    if (size < 5) return "now";
    const [, unit, name] = STEPS.find(([limit]) => size < limit);
    const words = `${Math.floor(size / unit)} ${name}`;
    return ahead ? `in ${words}` : `${words} ago`;
  };

  /* A day near today by its name, one of another year with the year. */
  const NEAR = { "-1": "yesterday", 0: "today", 1: "tomorrow" };
  const dayOf = (at, zone) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(at); // 2026-11-20
  const dated = (at, form, zone) => {
    const [day, today] = [dayOf(at, zone), dayOf(Date.now(), zone)];
    const near = NEAR[(Date.parse(day) - Date.parse(today)) / 86_400_000];
    const name = FORMS[form].hour && !zones.plant() ? { timeZoneName: "short" } : {};
    if (near && form === "datetime") return `${near}, ${zones.write(at, { ...FORMS.clock, ...name }, zone)}`;
    const year = FORMS[form].day && day.slice(0, 4) !== today.slice(0, 4) ? { year: "numeric" } : {};
    return zones.write(at, { ...FORMS[form], ...year, ...name }, zone);
  };

  const write = (element) => {
    const at = new Date(element.dateTime);
    const { form } = element.dataset;
    element.textContent = form === "since" ? since(at) : dated(at, form, zones.of(element));
  };

  const all = (root) => {
    if (root.matches?.("time[data-form]")) write(root);
    root.querySelectorAll("time[data-form]").forEach(write);
  };

  document.addEventListener("DOMContentLoaded", () => all(document));
  document.addEventListener("htmx:load", (event) => all(event.detail.elt));
  const tick = () => {
    for (const clock of document.querySelectorAll("[data-clock]")) {
      clock.textContent = zones.write(Date.now(), FORMS[clock.dataset.clock], zones.of(clock));
    }
  };
  document.addEventListener("DOMContentLoaded", tick);
  setInterval(tick, 1000);
  setInterval(() => all(document), 10_000);
}
