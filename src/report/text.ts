import type { Answer } from "../study/index.js";
import { printable } from "../text/spell.js";
import { textTable } from "../text/table.js";

/** An answer for a terminal of `width` columns: its sentences, then its tables. */
export function answerText(answer: Answer, width = 80): string {
  const tables = answer.tables.map(table => `${printable(table.title)}\n\n${textTable(table, width)}`);
  const sentences = answer.sentences.map(sentence => fold(printable(sentence), width)).join("\n");
  return `${[fold(printable(answer.title), width), sentences, ...tables].join("\n\n")}\n`;
}

/** Breaks a sentence between words, but not before a percent sign; a word longer than the line stays whole. */
export function fold(text: string, width: number): string {
  const lines: string[] = [];
  for (const word of text.split(/ (?!%)/)) {
    const last = lines.at(-1);
    if (last !== undefined && [...last].length + 1 + [...word].length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}
