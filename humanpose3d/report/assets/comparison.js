"use strict";
// The curves of two trials on the same axes.

for (const element of document.querySelectorAll(".plot")) {
  const { data, layout } = report.figures[element.dataset.joint];
  Plotly.newPlot(element, data, fitted(layout, element), { displayModeBar: false, responsive: true, doubleClick: "reset" });
}
