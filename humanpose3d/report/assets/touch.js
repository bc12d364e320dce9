"use strict";
// One finger turns the 3D view, two zoom. plotly.js turns it too, but forgets the new view at the next frame.

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

  function moved(event) {
    const now = measured(event.touches);
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
  listen("touchmove", moved);
  for (const name of ["touchend", "touchcancel"]) {
    listen(name, (event) => { before = event.touches.length ? measured(event.touches) : null; });
  }
}
