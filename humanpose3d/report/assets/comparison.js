"use strict";
// Two trials on one slider: at the same part of the cycle, or at the same time from the start of each.

const LARGEST_LAG_S = 0.15; // of a video that plays behind its skeleton

function createTrack({ times, slowMotionFactor, cycles, skeleton }, number) {
  const video = document.getElementById(`video-${number}`);
  const clock = document.getElementById(`clock-${number}`);
  const listeners = [];
  let frame = 0;
  let playing = false;
  if (video) {
    makeSeekable(video);
    video.controls = false;
  }

  function follow(time, speed) {
    const wanted = slowMotionFactor * (time - times[0]) + 2e-3; // inside of the frame
    if (!playing) {
      video.pause();
      video.currentTime = wanted;
      return;
    }
    video.playbackRate = Math.min(16, Math.max(0.0625, speed * slowMotionFactor));
    if (video.paused && !video.ended) video.play().catch(() => {}); // a browser may refuse: then only the skeleton moves
    if (Math.abs(video.currentTime - wanted) > LARGEST_LAG_S) video.currentTime = wanted;
  }

  const track = {
    times,
    cycles,
    seconds: times.at(-1) - times[0],
    isPlaying: () => playing,
    onFrame: (listener) => { listeners.push(listener); listener(frame); },
    show(time, speed, isPlaying) {
      playing = isPlaying;
      frame = lastFrameAt(times, time + 5e-4);
      clock.textContent = `${decimal(times[frame], 2)} s`;
      if (video) follow(time, speed);
      for (const listener of listeners) listener(frame);
    },
    get frame() { return frame; },
  };
  showSkeleton(document.getElementById(`skeleton-${number}`), skeleton, track);
  return track;
}

// A position counts cycles where the trials have them in common, else seconds from the start.
function createPair(tracks, controls) {
  let byCycle = tracks.every((track) => track.cycles.length);
  let position = 0;
  let ticking = null; // {last, from}

  const counted = () => Math.min(...tracks.map((track) => track.cycles.length));
  const length = () => (byCycle ? counted() : Math.max(...tracks.map((track) => track.seconds)));
  const cycleOf = (track) => track.cycles[Math.min(Math.floor(position), counted() - 1)];
  const secondsOf = (track) => { const [start, end] = cycleOf(track); return end - start; };
  const perSecond = () => (byCycle ? 1 / secondsOf(tracks[0]) : 1);

  function timeOf(track) {
    if (!byCycle) return track.times[0] + Math.min(position, track.seconds);
    const [start, end] = cycleOf(track);
    const part = position - Math.min(Math.floor(position), counted() - 1);
    return Math.max(track.times[0], Math.min(start + part * (end - start), track.times.at(-1)));
  }

  function show() {
    for (const track of tracks) {
      const speed = byCycle ? secondsOf(track) / secondsOf(tracks[0]) : 1;
      track.show(timeOf(track), pair.rate * speed, ticking !== null);
    }
    controls.show(position, length(), byCycle, ticking !== null);
  }

  function tick(now) {
    if (!ticking) return;
    // The time of a frame may lie before the click that began the play.
    position = ticking.from + (pair.rate * perSecond() * Math.max(0, now - ticking.last)) / 1000;
    ticking = { last: Math.max(now, ticking.last), from: position };
    if (position >= length()) {
      position = pair.repeat ? 0 : length();
      ticking = pair.repeat ? { last: now, from: 0 } : null;
    }
    show();
    if (ticking) requestAnimationFrame(tick);
  }

  const pair = {
    rate: 1,
    repeat: false,
    get position() { return position; },
    get length() { return length(); },
    isPlaying: () => ticking !== null,
    seek(to) {
      position = Math.max(0, Math.min(to, length()));
      if (ticking) ticking = { last: performance.now(), from: position };
      show();
    },
    step(by) {
      pair.pause();
      const [one, other] = tracks[0].times.slice(0, 2);
      pair.seek(position + by * (other - one || 1) * perSecond());
    },
    play() {
      if (position >= length()) position = 0;
      ticking = { last: performance.now(), from: position };
      requestAnimationFrame(tick);
      show();
    },
    pause() { ticking = null; show(); },
    alignBy(cycle) { byCycle = cycle; pair.seek(0); },
  };
  return pair;
}

function inCycleText(counted) {
  return report.cycleName === "gait cycle"
    ? _("{percent} % of gait cycle {number} of {count}", counted)
    : _("{percent} % of repetition {number} of {count}", counted);
}

const element = (id) => document.getElementById(id);
const controls = {
  show(position, length, byCycle, playing) {
    const inCycle = Math.min(Math.floor(position), Math.max(length - 1, 0));
    const counted = { percent: Math.round(100 * (position - inCycle)), number: inCycle + 1, count: length };
    const text = byCycle ? inCycleText(counted) : _("{seconds} s from the start", { seconds: decimal(position, 2) });
    element("scrubber").value = length > 0 ? position / length : 0;
    element("scrubber").setAttribute("aria-valuetext", text);
    element("clock").textContent = text;
    element("play").textContent = playing ? _("Pause") : _("Play");
    element("play").setAttribute("aria-pressed", String(playing));
  },
};
const tracks = report.trials.map(createTrack);
const pair = createPair(tracks, controls);
element("scrubber").addEventListener("input", (event) => {
  const share = Number(event.target.value); // a pause sets it back
  pair.pause();
  pair.seek(share * pair.length);
});
element("play").addEventListener("click", () => (pair.isPlaying() ? pair.pause() : pair.play()));
element("back").addEventListener("click", () => pair.step(-1));
element("forward").addEventListener("click", () => pair.step(1));
element("speed").addEventListener("change", (event) => { pair.rate = Number(event.target.value); });
element("repeat").addEventListener("change", (event) => { pair.repeat = event.target.checked; });
element("align")?.addEventListener("change", (event) => pair.alignBy(event.target.value === "cycle"));
pair.seek(0);

for (const plot of document.querySelectorAll(".plot")) {
  const { data, layout } = report.figures[plot.dataset.joint];
  Plotly.newPlot(plot, data, fitted(layout, plot), { displayModeBar: false, responsive: true, doubleClick: "reset" });
}
