"use strict";
// One clock for everything. It knows frames, not seconds: the video, where there is one, says which frame it shows.
// Times are those of life, from the beginning of the recording; the video begins with the first frame, and in slow
// motion its own times are longer.

function createPlayer(times, video, slowMotionFactor) {
  const listeners = [];
  const last = times.length - 1;
  let frame = 0;
  let ticking = null; // the clock of a page without a video: {start, from}

  const frameAt = (time) => lastFrameAt(times, time + 5e-4 / slowMotionFactor);

  function show(next) {
    frame = next;
    for (const listener of listeners) listener(frame);
  }

  // A little after a frame's time, so that rounding cannot give the frame before.
  function insideOf(index) {
    const length = index < last ? times[index + 1] - times[index] : index > 0 ? times[index] - times[index - 1] : 0;
    return slowMotionFactor * (times[index] - times[0]) + Math.min((slowMotionFactor * length) / 2, 0.02);
  }

  function seek(next) {
    next = Math.max(0, Math.min(last, Math.round(next)));
    if (video) video.currentTime = insideOf(next);
    if (ticking) ticking = { start: performance.now(), from: times[next] };
    show(next);
  }

  function isPlaying() {
    return video ? !video.paused && !video.ended : ticking !== null;
  }

  const player = {
    times,
    rate: 1,
    repeat: false,
    seek,
    seekTime: (time) => seek(frameAt(time)),
    step: (by) => { player.pause(); seek(frame + by); },
    isPlaying,
    play() {
      if (frame === last) seek(0);
      if (video) { video.playbackRate = player.rate; video.play(); return; }
      ticking = { start: performance.now(), from: times[frame] };
      requestAnimationFrame(tick);
      show(frame);
    },
    pause() {
      if (video) video.pause();
      ticking = null;
      show(frame);
    },
    setRate(rate) {
      player.rate = rate;
      if (video) video.playbackRate = rate;
      if (ticking) ticking = { start: performance.now(), from: times[frame] };
    },
    setRepeat(repeat) {
      player.repeat = repeat;
      if (video) video.loop = repeat;
    },
    onFrame: (listener) => { listeners.push(listener); listener(frame); },
    get frame() { return frame; },
  };

  function tick(now) {
    if (!ticking) return;
    const time = ticking.from + (player.rate * (now - ticking.start)) / 1000;
    if (time < times[last]) show(frameAt(Math.max(time, times[0])));
    else if (player.repeat) { ticking = { start: now, from: times[0] }; show(0); }
    else { ticking = null; show(last); }
    if (ticking) requestAnimationFrame(tick);
  }

  if (video) followVideo(video, (time) => show(frameAt(times[0] + time / slowMotionFactor)), () => show(frame));
  return player;
}

// Report the time of each frame that the video shows while it plays, and of the one that its own controls jump to.
function followVideo(video, onTime, onState) {
  const exact = "requestVideoFrameCallback" in HTMLVideoElement.prototype;
  function onShown(now, shown) {
    if (!video.paused) onTime(shown.mediaTime);
    video.requestVideoFrameCallback(onShown);
  }
  function onTick() {
    onTime(video.currentTime);
    if (!video.paused) requestAnimationFrame(onTick);
  }
  if (exact) video.requestVideoFrameCallback(onShown);
  else video.addEventListener("play", onTick);
  // A page that was busy has missed the last pictures before the video stopped.
  for (const name of ["seeked", "pause"]) {
    video.addEventListener(name, () => { if (video.paused && !video.seeking) onTime(video.currentTime); });
  }
  for (const name of ["play", "pause", "ended"]) video.addEventListener(name, onState);
}

function connectControls(player) {
  const element = (id) => document.getElementById(id);
  const scrubber = element("scrubber");
  const clock = element("clock");
  const play = element("play");
  element("back").addEventListener("click", () => player.step(-1));
  element("forward").addEventListener("click", () => player.step(1));
  play.addEventListener("click", () => (player.isPlaying() ? player.pause() : player.play()));
  element("speed").addEventListener("change", (event) => player.setRate(Number(event.target.value)));
  element("repeat").addEventListener("change", (event) => player.setRepeat(event.target.checked));
  scrubber.addEventListener("input", () => player.seek(Number(scrubber.value)));
  player.onFrame((frame) => {
    const shown = { time: decimal(player.times[frame], 3), frame: frame + 1, frames: player.times.length };
    const text = _("{time} s, frame {frame} of {frames}", shown);
    scrubber.value = frame;
    scrubber.setAttribute("aria-valuetext", text);
    clock.textContent = text;
    play.textContent = player.isPlaying() ? _("Pause") : _("Play");
    play.setAttribute("aria-pressed", String(player.isPlaying()));
  });
}
