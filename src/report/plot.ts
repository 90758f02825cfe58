import { parse, type Spec, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Plot } from "../study/index.js";

/** Readable on a white page and on a black one; text and axes take the colour of the text around the plot. */
const COLORS = ["#3b7dc4", "#e07b39", "#3a9d6e", "#b65fa8", "#8d78d6", "#c9a227", "#4aa5b8", "#c8596a", "#7d8a99"];
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
const INK = "currentColor";

const CONFIG = {
  background: "transparent",
  font: FONT,
  aria: false,
  view: { stroke: null },
  axis: {
    labelColor: INK,
    titleColor: INK,
    domainColor: INK,
    tickColor: INK,
    gridColor: INK,
    gridOpacity: 0.12,
    domainOpacity: 0.4,
    tickOpacity: 0.4,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: "normal",
    labelLimit: 220,
  },
  // On top: beside the plot a legend would make it too wide for a phone.
  legend: {
    orient: "top",
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: "normal",
  },
  text: { color: INK, fontSize: 12 },
  line: { strokeWidth: 2 },
  rule: { color: INK },
  boxplot: { rule: { color: INK, opacity: 0.5 } },
  range: { category: COLORS },
  mark: { color: COLORS[0] },
} as const;

/** The plot as an SVG element, drawn without a browser. Equal plots give equal text. */
export async function plotSvg(plot: Plot): Promise<string> {
  const spec = { ...plot.spec, config: CONFIG } as unknown as TopLevelSpec;
  const view = new View(parse(compile(spec).spec as Spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
