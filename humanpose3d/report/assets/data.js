"use strict";
// What the page is about. Arrays of floats come as base64, everything else as JSON.
const report = JSON.parse(document.getElementById("data").textContent);

function floatsFrom(text) {
  return new Float32Array(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
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
