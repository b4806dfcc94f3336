/* Charts: the server builds the figure, this puts the colours in, draws, zooms and keeps it up to date. */
"use strict";
{
  const LIVE = 5000;
  const charts = [];
  const touched = matchMedia("(hover: none) and (pointer: coarse)").matches;

  /* A token's colour as it is now: light or dark. */
  const probe = document.createElement("span");
  probe.hidden = true;
  const colour = (token) => {
    probe.style.color = "";
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const coloured = (part) => {
    if (typeof part === "string") return part.startsWith("--") ? colour(part) : part;
    if (Array.isArray(part)) return part.length && typeof part[0] === "number" ? part : part.map(coloured);
    if (part && typeof part === "object") return Object.fromEntries(Object.entries(part).map(([k, v]) => [k, coloured(v)]));
    return part;
  };

  /* Plotly's axes have no time zone: each moment is written as the plant's wall clock, so that every label
     and every hover is true. When clocks are put back an hour stands twice: the line is parted there. */
  const parted = (trace) => {
    for (let i = trace.x.length - 1; i > 0; i--) {
      if (trace.mode !== "lines" || trace.x[i] >= trace.x[i - 1]) continue;
      trace.x.splice(i, 0, trace.x[i]);
      trace.y.splice(i, 0, null);
    }
  };
  const localise = ({ data, layout }, zone) => {
    const local = (place) => (typeof place === "string" ? zones.wall(place, zone) : place);
    for (const trace of data) {
      trace.x = trace.x.map(local);
      parted(trace);
    }
    layout.xaxis.range = layout.xaxis.range.map(local);
    for (const shape of layout.shapes) {
      if (shape.xref === "x") [shape.x0, shape.x1] = [local(shape.x0), local(shape.x1)];
    }
    for (const image of layout.images) image.x = local(image.x);
  };

  class Chart {
    constructor(box) {
      this.box = box;
      this.query = new URLSearchParams(box.dataset.range ? { range: box.dataset.range } : {});
      this.controller = null;
      this.load();
    }

    async load() {
      this.controller?.abort();
      this.controller = new AbortController();
      try {
        const answer = await fetch(`${this.box.dataset.chart}?${this.query}`, { signal: this.controller.signal });
        if (answer.ok) this.draw(await answer.json());
        else this.box.dataset.state = "failed";
      } catch (error) {
        if (error.name !== "AbortError") this.box.dataset.state = "failed";
      }
    }

    draw({ figure, empty }) {
      this.raw = JSON.stringify(figure);
      localise(figure, zones.of(this.box));
      for (const image of figure.layout.images) image.source = this.box.dataset.wrench;
      const { data, layout } = coloured(figure);
      if (touched) layout.dragmode = false; // a finger scrolls the page
      this.box.dataset.state = empty ? "empty" : "drawn";
      Plotly.react(this.box, data, layout, { displayModeBar: false, responsive: true, doubleClick: false, scrollZoom: false });
      if (!this.wired) this.wire();
    }

    wire() {
      this.wired = true;
      this.box.on("plotly_relayout", (change) => {
        const [from, to] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
        const zone = zones.of(this.box);
        if (from && to) this.zoom(zones.instant(from, zone), zones.instant(to, zone));
      });
      this.box.on("plotly_doubleclick", () => this.back());
      this.box.on("plotly_click", ({ points }) => {
        const place = points.find((point) => point.customdata);
        if (place) location.assign(place.customdata[1]);
      });
    }

    zoom(from, to) {
      this.before ||= this.query;
      this.query = new URLSearchParams({ from, to });
      this.back_button(true);
      this.load();
    }

    back() {
      if (!this.before) return;
      this.query = this.before;
      this.before = null;
      this.back_button(false);
      this.load();
    }

    back_button(shown) {
      const button = document.querySelector(`[data-zoom-out="${this.box.id}"]`);
      if (button) button.hidden = !shown;
    }

    range(name) {
      this.before = null;
      this.back_button(false);
      this.query = new URLSearchParams({ range: name });
      this.load();
    }

    /* New readings; a person who zoomed in looks at the past. */
    freshen() {
      const still = this.before || document.hidden || this.box.matches(":hover") || !this.box.hasAttribute("data-follow");
      if (!still || this.box.dataset.state === "failed") this.load();
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(probe);
    for (const box of document.querySelectorAll("[data-chart]")) charts.push(new Chart(box));
  });
  document.addEventListener("theme", () => charts.forEach((chart) => chart.raw && chart.draw({ figure: JSON.parse(chart.raw) })));
  document.addEventListener("click", (event) => {
    const range = event.target.closest("[data-range-for]");
    const out = event.target.closest("[data-zoom-out]");
    const find = (id) => charts.find((chart) => chart.box.id === id);
    if (out) find(out.dataset.zoomOut).back();
    if (!range) return;
    event.preventDefault();
    for (const tab of range.parentElement.children) tab.toggleAttribute("aria-current", tab === range);
    range.setAttribute("aria-current", "true");
    history.replaceState(null, "", range.href);
    find(range.dataset.rangeFor).range(range.dataset.name);
  });
  setInterval(() => charts.forEach((chart) => chart.freshen()), LIVE);
}
