/** What reading a file may cost; real networks stay far below. */

/** Characters of a file. */
export const longestSource = 1_000_000;
/** Files that one imports from, and those from others. */
export const mostFiles = 100;
/** Expressions and blocks inside one another. */
export const deepestNesting = 150;
/** Functions that call one another. */
export const deepestCalls = 60;
/** Expressions worked out and statements run, for one network. */
export const mostSteps = 100_000;
/** Nodes of one graph. */
export const mostNodes = 5_000;
/** What they are given, in all: nodes that join all nodes before them are many more in half as many. */
export const mostJoined = 50_000;
/** Items of a list, characters of a text. */
export const longestValue = 20_000;
