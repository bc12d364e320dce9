"use strict";
// The movement of the trial: its video, its skeleton and the controls on one clock.

const video = document.getElementById("video");
if (video) {
  makeSeekable(video);
  video.controls = false;
}
const player = createPlayer(report.times, video, report.slowMotionFactor);
connectControls(player);
showSkeleton(document.getElementById("skeleton"), report.skeleton, player);
