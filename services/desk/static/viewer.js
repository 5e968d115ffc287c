"use strict";
// The images of a case: pages, zoom, move, rotate, and the place of a field.

const pages = [...document.querySelectorAll("svg.page")];
const views = new Map(pages.map((page) => [page, { scale: 1, x: 0, y: 0, turn: 0 }]));
let current = pages[0];

function sizeOf(page) {
  return [Number(page.dataset.width), Number(page.dataset.height)];
}

function draw(page) {
  const view = views.get(page);
  const [width, height] = sizeOf(page);
  const sideways = view.turn % 180 !== 0;
  const [across, down] = sideways ? [height, width] : [width, height];
  page.setAttribute("viewBox", `${view.x} ${view.y} ${across / view.scale} ${down / view.scale}`);
  const moves = { 0: "", 90: `translate(${height} 0)`, 180: `translate(${width} ${height})`, 270: `translate(0 ${width})` };
  page.querySelector("g").setAttribute("transform", `${moves[view.turn]} rotate(${view.turn})`);
}

function zoom(page, factor, centre) {
  const view = views.get(page);
  const box = page.viewBox.baseVal;
  const at = centre || { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const scale = Math.max(1, Math.min(16, view.scale * factor));
  const change = view.scale / scale;
  view.x = at.x - (at.x - view.x) * change;
  view.y = at.y - (at.y - view.y) * change;
  view.scale = scale;
  if (scale === 1) { view.x = 0; view.y = 0; }
  draw(page);
}

function shift(page, right, down) {
  const view = views.get(page);
  const box = page.viewBox.baseVal;
  view.x += right * box.width;
  view.y += down * box.height;
  draw(page);
}

function showPage(number) {
  current = pages[number];
  const image = current.querySelector("image");
  if (image.dataset.href) {  // Only what a person sees is loaded, because each look is recorded.
    image.setAttribute("href", image.dataset.href);
    delete image.dataset.href;
  }
  pages.forEach((page, index) => page.toggleAttribute("hidden", index !== number));
  document.querySelectorAll("[data-page]").forEach((button) => {
    button.setAttribute("aria-pressed", String(Number(button.dataset.page) === number));
  });
}

function reset(page) {
  views.set(page, { scale: 1, x: 0, y: 0, turn: 0 });
  draw(page);
}

function choose(boxes, button) {
  document.querySelectorAll(".chosen:not(.swatch)").forEach((each) => each.classList.remove("chosen"));
  if (button) button.classList.add("chosen");
  boxes.forEach((box) => box.classList.add("chosen"));
  if (!boxes.length) return;
  const page = boxes[0].closest("svg");
  showPage(pages.indexOf(page));
  const area = boxes.filter((box) => box.closest("svg") === page).map((box) => box.getBBox());
  const left = Math.min(...area.map((each) => each.x));
  const top = Math.min(...area.map((each) => each.y));
  const right = Math.max(...area.map((each) => each.x + each.width));
  const bottom = Math.max(...area.map((each) => each.y + each.height));
  const [width, height] = sizeOf(page);
  reset(page);
  const wide = Math.max((right - left) / width, (bottom - top) / height, 0.01);
  const view = views.get(page);
  view.scale = Math.max(1, Math.min(4, 0.5 / wide));
  view.x = (left + right) / 2 - width / view.scale / 2;
  view.y = (top + bottom) / 2 - height / view.scale / 2;
  if (view.scale === 1) { view.x = 0; view.y = 0; }
  draw(page);
}

const tools = {
  in: () => zoom(current, 1.5),
  out: () => zoom(current, 1 / 1.5),
  turn: () => { const view = views.get(current); Object.assign(view, { turn: (view.turn + 90) % 360, scale: 1, x: 0, y: 0 }); draw(current); },
  fit: () => reset(current),
  boxes: (button) => {
    const hidden = document.querySelector(".images").classList.toggle("no-boxes");
    button.setAttribute("aria-pressed", String(!hidden));
  },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.tool) tools[button.dataset.tool](button);
  if (button.dataset.page) showPage(Number(button.dataset.page));
  if (button.dataset.boxes) {
    choose(button.dataset.boxes.split(" ").map((each) => document.getElementById(`box-${each}`)), button);
  }
  if (button.dataset.show) {
    const wanted = `.box[data-field="${button.dataset.show}"][data-source="${button.dataset.source}"]`;
    let boxes = [...document.querySelectorAll(wanted)];
    if (!boxes.length && button.dataset.source === "barcode") boxes = [...document.querySelectorAll(".box.barcode")];
    choose(boxes, button);
  }
});

pages.forEach((page) => {
  page.addEventListener("wheel", (event) => {
    event.preventDefault();
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(page.getScreenCTM().inverse());
    zoom(page, event.deltaY < 0 ? 1.2 : 1 / 1.2, point);
  }, { passive: false });
  page.addEventListener("pointerdown", (event) => page.setPointerCapture(event.pointerId));
  page.addEventListener("pointermove", (event) => {
    if (!page.hasPointerCapture(event.pointerId)) return;
    const box = page.getBoundingClientRect();
    shift(page, -event.movementX / box.width, -event.movementY / box.height);
  });
  page.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };
    if (steps[event.key]) shift(page, ...steps[event.key]);
    else if (event.key === "+") zoom(page, 1.5);
    else if (event.key === "-") zoom(page, 1 / 1.5);
    else return;
    event.preventDefault();
  });
  page.querySelector("image").addEventListener("error", showProblem);
});

async function showProblem() {
  const document_id = pages[0].querySelector("image").getAttribute("href").split("/")[2];
  const answer = await fetch(`/documents/${document_id}/pages`, { headers: { Accept: "application/json" } });
  const place = document.querySelector("[data-problem]");
  const said = answer.ok ? (await answer.json()).problem : "The image cannot be shown.";
  place.textContent = said || "The image cannot be shown.";
  place.hidden = false;
}
