"use strict";
// What the page is about. Arrays of floats come as base64, everything else as JSON.
const report = JSON.parse(document.getElementById("data").textContent);

// A message in the language of the page, with the values for the names in its braces.
function _(message, values = {}) {
  return (report.words[message] ?? message).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function decimal(value, digits) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false };
  return value.toLocaleString(document.documentElement.lang, options);
}

function bytesFrom(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function floatsFrom(text) {
  return new Float32Array(bytesFrom(text).buffer);
}

// The last frame that is not after a time.
function lastFrameAt(times, time) {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

// A data: address becomes a blob, in which every browser can jump.
function makeSeekable(video) {
  const [head, body] = video.src.split(",", 2);
  if (!head.startsWith("data:")) return;
  video.src = URL.createObjectURL(new Blob([bytesFrom(body)], { type: "video/mp4" }));
}

// On a narrow screen the panels stand below each other.
const NARROW_PX = 700;

// A finger over a curve shall scroll the page; it zooms with the buttons.
const FINGERS = matchMedia("(hover: none) and (pointer: coarse)").matches;

function fitted(given, element) {
  const layout = { ...given, dragmode: FINGERS ? false : given.dragmode };
  const panels = layout.grid.rows * layout.grid.columns;
  if (element.clientWidth >= NARROW_PX || layout.grid.columns === 1) return layout;
  const height = (layout.height / layout.grid.rows) * panels;
  element.style.height = `${height}px`;
  return { ...layout, height, grid: { ...layout.grid, rows: panels, columns: 1, ygap: 0.5 } };
}

// While beforeprint runs, the page still has the width of the screen; plots need that of the paper.
const PAPER_PX = 695;
const PAPER_HEIGHT = 0.68; // of that on the screen

function paperWidth(plot) {
  return plot.parentElement.classList.contains("pair") ? 0.49 * PAPER_PX : PAPER_PX;
}

const heights = new Map(); // on the screen

function sizePlots(sizeOf) {
  for (const plot of document.querySelectorAll(".plot.js-plotly-plot")) Plotly.relayout(plot, sizeOf(plot));
}
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([data-screen-only])")) details.open = true;
  sizePlots((plot) => {
    if (!heights.has(plot)) heights.set(plot, plot.layout.height);
    return { width: paperWidth(plot), height: PAPER_HEIGHT * heights.get(plot) };
  });
});
window.addEventListener("afterprint", () => {
  sizePlots((plot) => ({ width: null, height: heights.get(plot), autosize: true }));
  heights.clear();
});
