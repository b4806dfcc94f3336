/* Clocks. An element shows the time zone of the nearest data-zone: the plant's on <html> where all sites
   share one, else that of the machine's site; where neither is known, this browser's. */
"use strict";
const zones = {
  of: (element) => element.closest("[data-zone]")?.dataset.zone,
  plant: () => document.documentElement.dataset.zone,

  write: (at, form, zone) => new Intl.DateTimeFormat("en-GB", { ...form, hourCycle: "h23", timeZone: zone }).format(at),

  /* Milliseconds that the zone's clock is ahead of UTC at this moment; asked once for each quarter of an hour. */
  known: new Map(),
  ahead(at, zone) {
    const quarter = Math.floor(at / 900_000);
    const key = `${zone}${quarter}`;
    if (!this.known.has(key)) {
      const form = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
      const { value } = form.formatToParts(quarter * 900_000).find((part) => part.type === "timeZoneName");
      const [, sign, hours, minutes] = value.match(/([+-])(\d\d):(\d\d)/) || ["", "+", 0, 0];
      this.known.set(key, Number(`${sign}1`) * (hours * 60 + Number(minutes)) * 60_000);
    }
    return this.known.get(key);
  },

  /* The zone's wall clock, as text without a zone; and back. An hour that the clock skips is read as the next. */
  wall(text, zone) {
    const at = Date.parse(text);
    return new Date(at + this.ahead(at, zone)).toISOString().slice(0, -1);
  },
  instant(text, zone) {
    const wall = Date.parse(`${String(text).replace(" ", "T")}Z`);
    const near = wall - this.ahead(wall, zone);
    return new Date(wall - this.ahead(near, zone)).toISOString();
  },
};
