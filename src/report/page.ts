/** The whole study as one HTML file: no scripts, nothing fetched, readable on a phone, in the light and in the dark. */

import {
  type Answer,
  frontPlot,
  leaderboard,
  type Picks,
  type Plot,
  pick,
  type Study,
  type Table,
} from "../study/index.js";
import { spell } from "../text/spell.js";
import { STYLE } from "./page-style.js";
import { plotSvg } from "./plot.js";
import { leaderboardTable, pickSentences, summary } from "./summary.js";

/** So many rows of a table are seen at once; the others unfold. */
const SEEN = 25;

/** Equal studies and answers give equal pages. */
export async function reportPage(study: Study, answers: readonly Answer[]): Promise<string> {
  const rows = leaderboard(study);
  const picks = pick(rows, study.file.data.test);
  const svg = drawing();
  const sections = [
    section("picks", "Picks", [pickList(picks), ...(picks.best ? [await figure(frontPlot(rows, picks), svg)] : [])]),
    section("leaderboard", "Leaderboard", [tableHtml(leaderboardTable(rows))]),
  ];
  for (const [i, answer] of answers.entries()) {
    const parts = [paragraphs(answer.sentences)];
    for (const plot of answer.plots) parts.push(await figure(plot, svg));
    for (const table of answer.tables) parts.push(`<h3>${escaped(table.title)}</h3>`, tableHtml(table));
    sections.push(section(`question-${i + 1}`, answer.title, parts));
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(study.file.name)} – netpick</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(study.file.name)}</h1>
${paragraphs(summary(study))}
</header>
<main>
${sections.join("\n")}
</main>
<footer>netpick ${escaped(study.file.netpick)}</footer>
</body>
</html>
`;
}

const section = (id: string, title: string, parts: readonly string[]) =>
  `<section id="${id}">\n<h2>${escaped(title)}</h2>\n${parts.join("\n")}\n</section>`;

const paragraphs = (sentences: readonly string[]) => sentences.map(text => `<p>${escaped(text)}</p>`).join("\n");

function pickList(picks: Picks): string {
  if (!picks.best || !picks.cheapest) return paragraphs(pickSentences(picks));
  const card = (label: string, name: string, why: string) =>
    `<div class="pick"><h3>${label}</h3><p class="name">${escaped(name)}</p><p>${escaped(why)}</p></div>`;
  const { best, cheapest, front } = picks;
  return `<div class="picks">
${card("Most accurate", best.row.name, best.why)}
${card("Cheapest within one point", cheapest.row.name, cheapest.why)}
</div>
<details><summary>The front, from the cheapest to the best (${front.length})</summary>
<ol>${front.map(({ why }) => `<li>${escaped(why)}</li>`).join("\n")}</ol></details>`;
}

/** Plots on one page must not share ids, and Vega numbers those of each plot from where it stopped. */
function drawing() {
  let drawn = 0;
  return async (plot: Plot) => {
    const prefix = `plot${++drawn}-`;
    return (await plotSvg(plot)).replaceAll(/(\bid="|url\(#|href="#)/g, `$1${prefix}`);
  };
}

async function figure(plot: Plot, svg: (plot: Plot) => Promise<string>): Promise<string> {
  return `<figure role="img" aria-label="${escaped(plot.title)}">\n<div class="plot">${await svg(plot)}</div>
<figcaption>${escaped(plot.title)}</figcaption>\n</figure>`;
}

function tableHtml(table: Table): string {
  const side = (i: number) => (table.columns[i]!.kind === "text" ? ' class="text"' : "");
  const head = table.columns.map(({ title }, i) => `<th scope="col"${side(i)}>${escaped(title)}</th>`).join("");
  const rows = table.rows.map(
    row =>
      `<tr>${row.map((cell, i) => `<td${side(i)}>${escaped(spell(cell, table.columns[i]!.kind))}</td>`).join("")}</tr>`,
  );
  const whole = (shown: readonly string[]) =>
    `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>\n${shown.join("\n")}\n</tbody></table></div>`;
  if (rows.length <= SEEN + 5) return whole(rows);
  return `${whole(rows.slice(0, SEEN))}
<details><summary>${rows.length - SEEN} more</summary>${whole(rows.slice(SEEN))}</details>`;
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  " ": "&nbsp;",
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']| (?=%)/g, found => ENTITIES[found]!);
