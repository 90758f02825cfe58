export { reportPage } from "./page.js";
export { plotSvg } from "./plot.js";
export { printable, spell } from "./spell.js";
export { leaderboardTable, pickSentences, summary } from "./summary.js";
export { textTable } from "./table.js";
export { answerText, fold } from "./text.js";
