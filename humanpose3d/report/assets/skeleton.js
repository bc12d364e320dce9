"use strict";
// The skeleton in 3D. The files have y up and z towards the camera; plotly.js has z up.

const HOME = { front: [-90, 8, 1.35], side: [0, 8, 1.35], top: [-90, 85, 1.35] }; // azimuth and elevation (°), distance
const TURN = 10;
const STAYS_M = 1; // who goes farther is followed

function eyeAt([azimuth, elevation, distance]) {
  const [a, e] = [azimuth, elevation].map((degrees) => (degrees * Math.PI) / 180);
  return { x: distance * Math.cos(e) * Math.cos(a), y: distance * Math.cos(e) * Math.sin(a), z: distance * Math.sin(e) };
}

function placeOf({ x, y, z }) {
  const distance = Math.hypot(x, y, z);
  return [(Math.atan2(y, x) * 180) / Math.PI, (Math.asin(z / distance) * 180) / Math.PI, distance];
}

function createSkeleton(element, { markers, positions, lines }, player) {
  const pictureForPrint = pictureBeside(element);
  const values = floatsFrom(positions);

  function pointsOf(frame, path) {
    const [x, y, z] = [[], [], []];
    for (const marker of path) {
      const at = marker === null ? -1 : 3 * (frame * markers + marker);
      const seen = at >= 0 && Number.isFinite(values[at]);
      x.push(seen ? values[at] : null);
      y.push(seen ? -values[at + 2] : null);
      z.push(seen ? values[at + 1] : null);
    }
    return { x, y, z };
  }

  function limits(offset, sign, low = Infinity, high = -Infinity) {
    for (let i = offset; i < values.length; i += 3) {
      if (!Number.isFinite(values[i])) continue;
      low = Math.min(low, sign * values[i]);
      high = Math.max(high, sign * values[i]);
    }
    return [low - 0.1, high + 0.1];
  }

  // The last line, that of the trunk, begins between the hips.
  const hips = lines[lines.length - 1].path[0];
  const frames = Array.from({ length: values.length / (3 * markers) }, (_, frame) => frame);
  const walked = frames.map((frame) => pointsOf(frame, [hips])).filter(({ x }) => x[0] !== null);
  const way = { x: walked.map(({ x }) => x[0]), y: walked.map(({ y }) => y[0]), z: walked.map(() => 0) };
  const walks = [way.x, way.y].some((places) => Math.max(...places) - Math.min(...places) > STAYS_M);
  const reach = 0.1 + Math.max(0.5, ...frames.map(reachOf).filter(Number.isFinite));

  function reachOf(frame) {
    const from = 3 * (frame * markers + hips);
    let farthest = 0;
    for (let i = 3 * frame * markers; i < 3 * (frame + 1) * markers; i += 3) {
      if (!Number.isFinite(values[i])) continue;
      farthest = Math.max(farthest, Math.abs(values[i] - values[from]), Math.abs(values[i + 2] - values[from + 2]));
    }
    return farthest;
  }

  // Of a person who walks, what is around them; where they are not seen, what was shown before.
  let around = [limits(0, 1), limits(2, -1)];
  function follow(frame) {
    const { x, y } = pointsOf(frame, [hips]);
    if (walks && x[0] !== null) around = [x[0], y[0]].map((place) => [place - reach, place + reach]);
    return { "scene.xaxis.range": around[0], "scene.yaxis.range": around[1] };
  }

  const axis = (range) => ({
    range, title: { text: "" }, showticklabels: false, showspikes: false, gridcolor: "#ddd", zeroline: false, dtick: 0.5,
  });
  const data = lines.map((line) => ({
    type: "scatter3d", mode: "lines+markers+text", name: line.name, hoverinfo: "skip", ...pointsOf(0, line.path),
    line: { color: line.colour, width: 9 }, marker: { color: line.colour, size: 4 },
    text: line.letters, textposition: line.name === "left" ? "middle right" : "middle left", textfont: { color: line.colour, size: 15 },
  }));
  if (walks) {
    data.push({
      type: "scatter3d", mode: "lines", name: "way", hoverinfo: "skip", ...way, line: { color: "#8b95a1", width: 5 },
    });
  }
  follow(walks ? frames.find((frame) => pointsOf(frame, [hips]).x[0] !== null) : 0);
  const [[x, y], z] = [around, limits(1, 1, 0)]; // down to the floor, also where no leg was seen
  const spans = [x, y, z].map(([low, high]) => high - low);
  const longest = Math.max(...spans);
  const scene = {
    xaxis: axis(x), yaxis: axis(y), zaxis: { ...axis(z), showbackground: true, backgroundcolor: "#dde2e8" },
    aspectmode: "manual", aspectratio: { x: spans[0] / longest, y: spans[1] / longest, z: spans[2] / longest },
    camera: { eye: eyeAt(HOME.front), projection: { type: "perspective" } }, uirevision: "same",
  };
  const layout = { margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, scene, paper_bgcolor: "#eef1f4", uirevision: "same" };
  const ready = Plotly.newPlot(element, data, layout, { displayModeBar: false, responsive: true });

  let wanted = null;
  let drawing = false;
  async function draw() {
    await ready;
    while (wanted !== null) {
      const frame = wanted;
      wanted = null;
      const points = lines.map((line) => pointsOf(frame, line.path));
      const update = { x: points.map((p) => p.x), y: points.map((p) => p.y), z: points.map((p) => p.z) };
      const drawn = lines.map((_, line) => line);
      if (walks) await Plotly.update(element, update, follow(frame), drawn);
      else await Plotly.restyle(element, update, drawn);
      element.dataset.frame = frame;
    }
    drawing = false;
    if (!player.isPlaying()) pictureForPrint();
  }
  player.onFrame((frame) => {
    wanted = frame;
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(draw);
  });

  const lookFrom = (place) => ready.then(() => Plotly.relayout(element, { "scene.camera.eye": eyeAt(place) }));
  ready.then(() => element.on("plotly_relayout", pictureForPrint));
  const place = () => placeOf(element.layout.scene.camera.eye);
  const moves = {
    ArrowLeft: ([a, e, d]) => [a - TURN, e, d],
    ArrowRight: ([a, e, d]) => [a + TURN, e, d],
    ArrowUp: ([a, e, d]) => [a, Math.min(85, e + TURN), d],
    ArrowDown: ([a, e, d]) => [a, Math.max(-85, e - TURN), d],
    "+": ([a, e, d]) => [a, e, Math.max(0.3, d / 1.15)],
    "-": ([a, e, d]) => [a, e, Math.min(8, d * 1.15)],
    Home: () => HOME.front,
  };
  element.addEventListener("keydown", (event) => {
    const move = moves[event.key === "=" ? "+" : event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    lookFrom(move(place()));
  });
  followFingers(element, place, lookFrom);
  for (const button of document.querySelectorAll("[data-view]")) {
    button.addEventListener("click", () => lookFrom(HOME[button.dataset.view]));
  }
}

// Browsers print nothing of a 3D canvas, so a picture of it waits beside it.
const SETTLED_MS = 400;

function pictureBeside(element) {
  const picture = document.createElement("img");
  picture.id = `${element.id}-picture`;
  picture.className = "skeleton-picture";
  picture.alt = _("The skeleton in 3D at the moment shown");
  let asked = 0;
  return () => {
    const number = ++asked;
    setTimeout(async () => {
      if (number !== asked) return; // it has moved on
      const address = await Plotly.toImage(element, { format: "png", width: 700, height: 550 });
      if (number !== asked) return;
      picture.src = address;
      element.after(picture);
    }, SETTLED_MS);
  };
}

function hasWebGL() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") || canvas.getContext("webgl"));
}

function showSkeleton(element, skeleton, player) {
  if (!element) return;
  if (!skeleton) element.textContent = _("There are no markers to show.");
  else if (!hasWebGL()) element.textContent = _("This browser cannot draw in 3D (WebGL is missing or switched off).");
  else createSkeleton(element, skeleton, player);
}
