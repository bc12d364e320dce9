// Choosing seconds with two handles, and a person by a click on the picture or with the arrow keys.
const picture = document.getElementById("picture");
const frame = picture.querySelector("img");
const target = picture.querySelector(".target");
const range = document.getElementById("range");
const [from, to] = range.querySelectorAll("input");
const start = document.getElementById("id_start");
const end = document.getElementById("id_end");
const chosen = Object.fromEntries(["x", "y", "at"].map((name) => [name, document.getElementById(`id_person_${name}`)]));
const words = picture.dataset;
const length = Number(from.max);
const LEAST_S = Math.min(0.1, length / 2);

const decimals = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
const inSeconds = (second) => Number(second).toLocaleString(document.documentElement.lang, decimals);
const frameS = 1 / (Number(words.rate) || 25);
const lastFrame = Math.max(0, length - 1.5 * frameS); // the server shows the first frame from a time on

let wanted = Math.min(Number(start.value) || 0, lastFrame);
let shown = wanted;
let timer = 0;

/** Show the frame of a second, once the hand rests; the one before stays until it has arrived. */
function show(second) {
  wanted = Math.min(Math.max(second, 0), lastFrame);
  const mine = wanted;
  clearTimeout(timer);
  timer = setTimeout(() => {
    const next = new Image();
    next.onload = () => {
      if (wanted !== mine) return;
      shown = mine;
      frame.src = next.src;
      document.getElementById("shown").textContent = inSeconds(shown);
      mark();
    };
    next.src = `${words.url}?t=${mine.toFixed(3)}`;
  }, 120);
}

function draw() {
  range.style.setProperty("--from", from.value / length);
  range.style.setProperty("--to", to.value / length);
  document.getElementById("chosen-seconds").textContent = inSeconds(to.value - from.value);
}

/** Follow one of the four inputs; the two ends never cross. */
function moved(changed) {
  const isStart = changed === from || changed === start;
  const limits = isStart ? [0, Number(to.value) - LEAST_S] : [Number(from.value) + LEAST_S, length];
  const second = Math.min(Math.max(Number(changed.value), limits[0]), limits[1]);
  (isStart ? from : to).value = second;
  if (changed === from || changed === to) {
    changed.value = second;
    (isStart ? start : end).value = second.toFixed(2);
  }
  if (chosen.x.value !== "" && (chosen.at.value < Number(from.value) || chosen.at.value > Number(to.value))) forget();
  draw();
  show(isStart ? second : Math.max(second - frameS, Number(from.value)));
}
for (const input of [from, to]) input.addEventListener("input", () => moved(input));
for (const input of [start, end]) {
  input.addEventListener("change", () => {
    if (input.value === "") input.value = input === start ? 0 : length.toFixed(2);
    moved(input);
    input.value = Number((input === start ? from : to).value).toFixed(2);
  });
}

function mark() {
  target.hidden = chosen.x.value === "";
  target.classList.toggle("elsewhere", Math.abs(chosen.at.value - shown) > 1e-3);  // it belongs to another frame
  target.style.left = `${100 * chosen.x.value}%`;
  target.style.top = `${100 * chosen.y.value}%`;
  document.getElementById("who").textContent = target.hidden ? words.automatic : words.chosen.replace("[s]", inSeconds(chosen.at.value));
  document.getElementById("unchoose").hidden = target.hidden;
}

/** Choose the person at a place of the picture, both from 0 to 1. */
function choose(x, y) {
  chosen.x.value = Math.min(Math.max(x, 0), 1).toFixed(4);
  chosen.y.value = Math.min(Math.max(y, 0), 1).toFixed(4);
  chosen.at.value = shown.toFixed(3);
  mark();
}
picture.addEventListener("click", (event) => {
  const box = frame.getBoundingClientRect();
  choose((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
});
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
picture.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (step) {
    const far = event.shiftKey ? 0.1 : 0.02;
    const [x, y] = target.hidden ? [0.5, 0.5] : [Number(chosen.x.value), Number(chosen.y.value)];
    choose(x + far * step[0], y + far * step[1]);
  } else if (event.key === "Enter" || event.key === " ") {
    if (target.hidden) choose(0.5, 0.5);
  } else if (event.key === "Escape" || event.key === "Delete") {
    forget();
  } else {
    return;
  }
  event.preventDefault();
});
function forget() {
  for (const input of Object.values(chosen)) input.value = "";
  mark();
}
document.getElementById("unchoose").addEventListener("click", forget);

from.value = start.value || 0;
to.value = end.value || length;
start.value = Number(from.value).toFixed(2);
end.value = Number(to.value).toFixed(2);
document.getElementById("shown").textContent = inSeconds(shown);
draw();
mark();
