"use strict";
// A line and a box with the values under the pointer, for every chart. Names are put in as text, never as markup.
for (const svg of document.querySelectorAll("svg[data-chart]")) {
  const chart = JSON.parse(svg.dataset.chart);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("class", "cross");
  const tip = document.createElement("div");
  tip.className = "tip";
  const hide = () => { line.remove(); tip.remove(); };
  // The box says what the browser's own titles would.
  for (const title of svg.querySelectorAll("title")) title.remove();

  const marks = chart.curves.flatMap((curve) => curve.x.map((x, index) => ({ x, at: curve.at[index] })));
  const nearest = (x) => marks.reduce((best, mark) => Math.abs(mark.x - x) < Math.abs(best.x - x) ? mark : best);
  const add = (kind, text, className) => {
    const element = document.createElement(kind);
    element.textContent = text;
    if (className) element.className = className;
    tip.append(element);
  };
  const show = (event) => {
    const box = svg.getBoundingClientRect();
    const width = svg.viewBox.baseVal.width;
    const pointer = (event.clientX - box.left) / box.width * width;
    if (!marks.length) return;
    const { x, at } = nearest(pointer);
    line.setAttribute("d", `M${x} 26V200`);
    svg.append(line);
    tip.replaceChildren();
    add("p", at);
    for (const curve of chart.curves) {
      const index = curve.at.indexOf(at);
      if (index >= 0) add("div", `${curve.name} ${curve.texts[index]}`, `c${curve.colour}${curve.isDashed ? " dashed" : ""}`);
    }
    svg.parentElement.append(tip);
    const left = x / width * box.width;
    const room = box.width - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(left < box.width / 2 ? left + 12 : left - tip.offsetWidth - 12, room))}px`;
  };
  svg.addEventListener("pointermove", show);
  svg.addEventListener("pointerdown", show);
  svg.addEventListener("pointerleave", hide);
}
