export { printable, spell } from "../text/spell.js";
export { textTable } from "../text/table.js";
export { reportPage } from "./page.js";
export { plotSvg } from "./plot.js";
export { leaderboardTable, pickSentences, summary } from "./summary.js";
export { answerText, fold } from "./text.js";
