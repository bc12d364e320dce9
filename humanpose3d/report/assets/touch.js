"use strict";
// One finger or the mouse turns the 3D view, two fingers zoom. plotly.js turns it too, but knows the new view only when
// the hand lets go; a frame that is drawn before then turns the view back.

const DEGREES_PER_WIDTH = 180;

function followFingers(element, placeNow, lookFrom) {
  let before = null; // the last touch: where its middle was, and how far apart two fingers were
  let wanted = null;

  function measured(touches) {
    const [first, second = first] = touches;
    return {
      fingers: touches.length,
      x: (first.clientX + second.clientX) / 2,
      y: (first.clientY + second.clientY) / 2,
      apart: Math.hypot(first.clientX - second.clientX, first.clientY - second.clientY),
    };
  }

  function look() {
    lookFrom(wanted);
    wanted = null;
  }

  function moved(touches) {
    const now = measured(touches);
    if (before?.fingers === now.fingers) {
      const [azimuth, elevation, distance] = wanted ?? placeNow();
      const perPixel = DEGREES_PER_WIDTH / element.clientWidth;
      if (wanted === null) requestAnimationFrame(look);
      wanted = now.fingers > 1 && before.apart > 0
        ? [azimuth, elevation, within(0.3, (distance * before.apart) / Math.max(now.apart, 1), 8)]
        : [azimuth - perPixel * (now.x - before.x), within(-85, elevation + perPixel * (now.y - before.y), 85), distance];
    }
    before = now;
  }

  const within = (least, value, most) => Math.min(most, Math.max(least, value));
  function listen(name, react) {
    element.addEventListener(name, (event) => {
      event.stopPropagation();
      event.preventDefault();
      react(event);
    }, { capture: true, passive: false });
  }
  listen("touchstart", (event) => { element.focus(); before = measured(event.touches); });
  listen("touchmove", (event) => moved(event.touches));
  for (const name of ["touchend", "touchcancel"]) {
    listen(name, (event) => { before = event.touches.length ? measured(event.touches) : null; });
  }

  let dragging = false;
  element.addEventListener("mousedown", (event) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    event.preventDefault();
    element.focus();
    dragging = true;
    before = measured([event]);
  }, { capture: true });
  window.addEventListener("mousemove", (event) => {
    if (!dragging) return;
    event.stopPropagation();
    moved([event]);
  }, { capture: true });
  window.addEventListener("mouseup", (event) => {
    if (event.button !== 0 || !dragging) return;
    event.stopPropagation();
    dragging = false;
    before = null;
  }, { capture: true });
}
