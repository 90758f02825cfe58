#!/usr/bin/env node
/** The command `netpick`: names the verbs, and loads one only when it is called. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { version } from "../version.js";
import { report } from "./failure.js";

const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError("Give a whole number.");
  return value;
};
const count = (text: string): number => {
  const value = whole(text);
  if (value < 1) throw new InvalidArgumentError("Give 1 or more.");
  return value;
};
const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new InvalidArgumentError("Give a number above 0.");
  return value;
};

/** A verb's module exports `run`, which returns the exit code. */
const lazy =
  (module: () => Promise<{ run: (...args: never[]) => Promise<number> }>) =>
  async (...args: unknown[]): Promise<void> => {
    try {
      const { run } = await module();
      process.exitCode = await run(...(args as never[]));
    } catch (error) {
      process.exitCode = report(error);
    }
  };

const json = (): Option => new Option("--json", "print JSON, one object a line");
const data = (): Option =>
  new Option("--data <source>", "digits, mnist, fashion-mnist, or a folder with the four IDX files (default: digits)");
const limits = (command: Command, [params, macs, memory]: readonly string[]): Command =>
  command
    .option("--max-params <count>", `most trainable parameters of a network (default: ${params})`, count)
    .option("--max-macs <count>", `most multiply-accumulates of a network, per sample (default: ${macs})`, count)
    .option("--max-memory <elements>", `most activation elements of a network, per sample (default: ${memory})`, count);
const views = (): Option =>
  new Option(
    "--views <which>",
    "input views: the article's, or any factors of the sample's size (default: published)",
  ).choices(["published", "any"]);

// A reader that has seen enough, as head, is no failure; an output that cannot take more is.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  console.error(`netpick: cannot write the output, got ${error.code}; free some space or choose another place`);
  process.exit(1);
});

const program = new Command("netpick")
  .description("Describe, generate, train, study and pick neural networks.")
  .version(version)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError("(netpick --help lists the verbs, netpick VERB --help their options)");

program
  .command("check")
  .description("shapes, parameters and multiply-accumulates of every layer of networks in .ts or .json files")
  .argument("<files...>", "TypeScript files that export networks, or JSON graphs")
  .addOption(json())
  .action(lazy(() => import("./check.js")));

limits(program.command("generate"), ["any", "any", "any"])
  .description("random valid networks of the netpicking plan, as JSON files or lines")
  .option("-n, --networks <count>", "how many (default: 24)", count)
  .option("--seed <number>", "decides every choice (default: 42)", whole)
  .addOption(views())
  .option("--out <folder>", "write every network to a file of its own in this folder")
  .addOption(json())
  .action(lazy(() => import("./generate.js")));

program
  .command("train")
  .description("train one network on one data set and say how good it is")
  .argument("<file>", "a TypeScript file that exports a network, or a JSON graph")
  .addOption(data())
  .option("--epochs <count>", "passes over the training samples (default: 4)", count)
  .option("--batch <count>", "samples per step (default: 25)", count)
  .addOption(
    new Option("--optimizer <name>", "how weights are updated (default: adam, with AMSGrad)").choices(["adam", "sgd"]),
  )
  .option("--learning-rate <rate>", "step size (default: 0.002)", positive)
  .option("--seed <number>", "decides first weights and the order of samples (default: 42)", whole)
  .option("--out <file>", "write the trained network to this file, .onnx or .safetensors")
  .addOption(json())
  .action(lazy(() => import("./train.js")));

limits(program.command("study"), ["any", "2,000,000", "50,000"])
  .description(
    "generate networks, train them all, say which is best; started again, it goes on where it was broken off",
  )
  .argument("[folder]", "where the study is kept (default: studies/ and a name made of the options)")
  .addOption(data())
  .option("-n, --networks <count>", "how many networks (default: 24)", count)
  .option("--epochs <count>", "passes over the training samples (default: 2)", count)
  .option("--batch <count>", "samples per step (default: 25)", count)
  .option("--learning-rate <rate>", "step size (default: 0.002)", positive)
  .option("--seed <number>", "decides networks, first weights and the order of samples (default: 42)", whole)
  .addOption(views())
  .option("--processes <count>", "networks trained at once (default: one per core)", count)
  .addOption(json())
  .action(lazy(() => import("./study.js")));

program
  .command("ask")
  .description("the questions of a study, answered with tables, and with plots in its report.html")
  .argument("<folder>", "the study")
  .argument("[questions...]", "numbers of questions (default: all)")
  .addOption(json())
  .action(lazy(() => import("./ask.js")));

try {
  await program.parseAsync();
} catch (error) {
  // Commander has said what is wrong; help and version are no errors.
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
