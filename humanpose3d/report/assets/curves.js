"use strict";
// The angle curves: they follow the clock, and set it when clicked.

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset" };
const WHILE_PLAYING_MS = 100; // redrawing seven plots for each frame would make the video stutter

const arrays = {
  degrees: floatsFrom(report.degrees),
  opensim: report.opensim && floatsFrom(report.opensim),
  raw: report.raw && floatsFrom(report.raw),
};

// A curve over time names an array, a column of it and, where it is long, the frames that stay.
function withValues({ source, column, frames, ...trace }) {
  if (!source) return trace;
  const kept = frames ? new Uint32Array(bytesFrom(frames).buffer) : report.times.keys();
  const stride = report.joints.length * report.angles.length;
  const rows = Array.from(kept);
  const y = rows.map((row) => arrays[source][stride * row + column]);
  return { ...trace, x: rows.map((row) => report.times[row]), y: y.map((value) => (Number.isFinite(value) ? value : null)) };
}

// Curves are drawn when they are first shown: those of one method for the joint angles at once.
function createCurves(figures, player) {
  const visible = new Set();
  const drawn = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) visible.add(target);
      else visible.delete(target);
    }
    moveCursors(player.frame);
  });

  async function draw(element) {
    const { joint, kind } = element.dataset;
    const { data, layout } = figures[element.closest("[data-angles]").dataset.angles][joint][kind];
    await Plotly.newPlot(element, data.map(withValues), fitted(layout, element), CONFIG);
    if (kind !== "time") return;
    element.on("plotly_click", (event) => { player.pause(); player.seekTime(event.points[0].x); });
    watcher.observe(element);
  }

  function show() {
    return Promise.all(Array.from(document.querySelectorAll("[data-angles]:not([hidden]) .plot"), (element) => {
      if (drawn.has(element)) return Plotly.Plots.resize(element);
      drawn.add(element);
      return draw(element);
    }));
  }

  function moveCursors(frame) {
    const time = player.times[frame];
    for (const element of visible) {
      const update = {};
      element.layout.shapes.forEach((_, i) => { update[`shapes[${i}].x0`] = update[`shapes[${i}].x1`] = time; });
      Plotly.relayout(element, update);
    }
  }

  let next = null;
  function laterMove() {
    next = null;
    moveCursors(player.frame);
  }
  show().then(() => player.onFrame(() => {
    next ??= setTimeout(laterMove, player.isPlaying() ? WHILE_PLAYING_MS : 0);
  }));

  const overTime = (control) => control.closest("[data-angles]").querySelectorAll(".plot[data-kind=time]");

  function zoom(elements, factor) {
    const [first, last] = [player.times[0], player.times.at(-1)];
    for (const element of elements) {
      const [low, high] = element.layout.xaxis.range;
      const half = (factor * (high - low)) / 2;
      const start = Math.max(first, player.times[player.frame] - half);
      const range = factor === "all" ? [first, last] : [start, Math.min(last, start + 2 * half)];
      Plotly.relayout(element, { "xaxis.range": range });
    }
  }
  for (const button of document.querySelectorAll("[data-zoom]")) {
    const factor = button.dataset.zoom === "all" ? "all" : Number(button.dataset.zoom);
    button.addEventListener("click", () => zoom(overTime(button), factor));
  }
  for (const choice of document.querySelectorAll("input[name^=curves]")) {
    choice.addEventListener("change", () => {
      for (const element of overTime(choice)) {
        const shown = element.data.map((trace) => choice.value === "both" || trace.meta === choice.value);
        Plotly.restyle(element, { visible: shown });
      }
    });
  }
  return show;
}

// All samples, as they are in the files; only the picture of a long curve is thinned.
function csvOf(group) {
  const joints = report.groups[group];
  const sources = [["", arrays.degrees]];
  if (arrays.opensim) sources.push(["_opensim", arrays.opensim]);
  if (arrays.raw) sources.push(["_as_detected", arrays.raw]);
  const columns = joints.flatMap((joint) => report.angles.flatMap((angle, a) => sources.map(([suffix, values]) => ({
    name: `${joint}_${angle}_deg${suffix}`, values, offset: 3 * report.joints.indexOf(joint) + a,
  }))));
  const stride = 3 * report.joints.length;
  const rows = report.times.map((time, frame) => [time.toFixed(6), ...columns.map(({ values, offset }) => {
    const value = values[frame * stride + offset];
    return Number.isFinite(value) ? value.toFixed(4) : "";
  })].join(","));
  return `${["time_s", ...columns.map((column) => column.name)].join(",")}\n${rows.join("\n")}\n`;
}

function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

for (const button of document.querySelectorAll("[data-csv]")) {
  button.addEventListener("click", () => save(`${report.name}_${button.dataset.csv}.csv`, csvOf(button.dataset.csv)));
}
const showCurves = createCurves(report.figures, player);

const methods = document.getElementById("angle-methods");
if (methods) {
  methods.hidden = false;
  methods.addEventListener("change", ({ target }) => {
    for (const element of document.querySelectorAll("[data-angles]")) {
      element.hidden = element.dataset.angles !== target.value;
    }
    showCurves();
  });
}
