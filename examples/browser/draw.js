/** The page's pictures: the loss by step, and digits with what they are taken for. */

const [left, right, top, bottom] = [50, 680, 10, 265];
const element = (name, attributes, text = "") => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
};

/** Losses of the latest steps, from 0 to the largest. */
export function drawCurve(losses) {
  const [steps, most] = [losses.at(-1).step, Math.max(...losses.map(({ loss }) => loss))];
  const x = step => left + ((right - left) * step) / steps;
  const y = loss => bottom - ((bottom - top) * loss) / most;
  const points = losses.map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(" ");
  const marks = [0, 0.5, 1].flatMap(part => [
    element("line", { x1: left, x2: right, y1: y(part * most), y2: y(part * most), stroke: "var(--quiet)" }),
    element("text", { x: left - 8, y: y(part * most) + 4, "text-anchor": "end" }, (part * most).toFixed(2)),
    element("text", { x: x(part * steps), y: bottom + 18, "text-anchor": "middle" }, Math.round(part * steps)),
  ]);
  const line = element("polyline", { points, fill: "none", stroke: "var(--line)", "stroke-width": 2 });
  const name = element("text", { x: (left + right) / 2, y: bottom + 33, "text-anchor": "middle" }, "step");
  document.getElementById("curve").replaceChildren(...marks, line, name);
}

/** Digits; under each what it was taken for, framed where that is wrong. */
export function drawItems({ count, inputs, labels }, found) {
  const figures = Array.from({ length: count }, (_, item) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [28, 28];
    const context = canvas.getContext("2d");
    const picture = context.createImageData(28, 28);
    for (let i = 0; i < 28 * 28; i++) {
      const ink = 255 - inputs[item * 28 * 28 + i];
      picture.data.set([ink, ink, ink, 255], 4 * i);
    }
    context.putImageData(picture, 0, 0);
    const figure = document.createElement("figure");
    figure.className = found && found[item] !== labels[item] ? "wrong" : "";
    figure.append(canvas, found ? String(found[item]) : "?");
    return figure;
  });
  document.getElementById("items").replaceChildren(...figures);
}
