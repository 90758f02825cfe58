#!/usr/bin/env node
/** The command `netpick`: names the verbs, and loads one only when it is called. */
import { Command, CommanderError, Option } from "commander";
import { version } from "../version.js";
import { report } from "./failure.js";
import {
  accuracy,
  collect,
  count,
  fromTo,
  latency,
  notNegative,
  numbers,
  positive,
  share,
  whole,
} from "./option-values.js";

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
const schedule = (): Option =>
  new Option("--schedule <how>", "the learning rate's: step, exponential, cosine, warmUp, oneCycle or plateau");
const inputs = (): Option =>
  new Option(
    "--input <sizes>",
    "shape of the input of PyTorch source or layer strings without the batch, as 1,28,28; once for each input",
  ).argParser((text: string, before: number[][] = []) => [...before, text.split(",").map(count)]);
const classes = (): Option =>
  new Option("--classes <count>", "scores that networks of layer strings end in (default: 10)").argParser(count);
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
  .description("shapes, parameters and multiply-accumulates of every layer of networks in files")
  .argument(
    "<files...>",
    "TypeScript files that export networks, PyTorch source, JSON graphs, or models that train --save wrote",
  )
  .addOption(inputs())
  .addOption(classes())
  .addOption(json())
  .action(lazy(() => import("./check.js")));

program
  .command("convert")
  .description("a network in another format, with the weights beside it")
  .argument("<from>", "a file as check reads it; weights lie in it, or beside it in a .safetensors file of its name")
  .argument(
    "<to>",
    "the file to write: .py, .json, .ts, .txt (a layer string), .keras.py, .jl (Flux), .nim (Arraymancer), .hs (Grenade), or .safetensors for the weights alone",
  )
  .addOption(inputs())
  .addOption(classes())
  .option("--network <name>", "which one, where the file holds several")
  .option("--explicit", "PyTorch source with every argument by name, the defaults too")
  .action(lazy(() => import("./convert.js")));

const surgery = (command: Command): Command =>
  command
    .argument("<file>", "a file as check reads it; weights lie in it, or beside it in a .safetensors file of its name")
    .addOption(inputs())
    .option("--network <name>", "which one, where the file holds several")
    .option("--frozen <layers>", "layers that keep all their channels, as stem,cv1", collect(","))
    .option(
      "-o, --out <file>",
      "write the network: .py or .json, with the weights beside; of a saved model .safetensors or .onnx, too",
    );

/** Edits in the order in which they are written. */
const asked: [option: string, text: string][] = [];
const edit = (name: string, value: string, text: string): Option =>
  new Option(`--${name} <${value}>`, text).argParser((given: string) => asked.push([name, given]));

surgery(
  program
    .command("edit")
    .description("sizes and structure of a network, every channel kept in line; edits are done as they are written"),
)
  .addOption(edit("resize", "changes", "channels more, fewer or at all, as conv1=-3,conv2=+8,conv3=16"))
  .addOption(edit("remove", "layers", "layers to take out, as bn1,relu1"))
  .addOption(edit("insert", "layer", "a layer behind another, as conv1=bn1=batchNorm:eps=0.001"))
  .addOption(edit("replace", "layers", "others in the place of one, as conv2=conv2d:outChannels=8,kernelSize=1+relu"))
  .addOption(edit("kernel", "size", "another kernel, as conv1=5, conv1=3/5 or conv1=5:padding=0"))
  .addOption(
    edit("classes", "places", "only these classes, in this order, as 0,2,5, or y=0,2,5 for one output of several"),
  )
  .addOption(edit("widen", "changes", "more channels, the function kept, as conv1=+8,conv2=16"))
  .addOption(edit("deepen", "layer", "one more layer, the function kept, as relu1 or relu1=conv2d:kernelSize=5"))
  .addOption(edit("grow", "bounds", "all layers in one proportion, as times=1.5 or params=100000,macs=1000000"))
  .addOption(edit("fit", "size", "nearest kernels, strides and paddings for a size, as decoded=28/28 or decoded=x"))
  .addOption(edit("connect", "edge", "one more input, as conv1=add1, or conv1=concat1@0 for its place"))
  .addOption(
    edit("disconnect", "edge", "one input fewer, as conv1=add1, or conv1=concat1@2 for the second of equal ones"),
  )
  .option("--exact", "refuse sizes that cannot be met, and take no near ones")
  .option("--path", "where a layer cannot be removed because a size would exceed itself, remove its path too")
  .addOption(
    new Option("--alignment <which>", "of two layers that must get one size, which changes (default: least)").choices([
      "least",
      "shrink",
      "grow",
    ]),
  )
  .addOption(
    new Option("--on-failure <what>", "leave out a refused edit, or undo all (default: throw)").choices([
      "throw",
      "skip",
      "undo",
    ]),
  )
  .addOption(json())
  .action((...args: unknown[]) => lazy(() => import("./edit.js"))(asked, ...args));

surgery(program.command("prune").description("the least useful channels of a network cut, until it costs no more"))
  .option("--params <budget>", "parameters that may remain: a share below 1, or a number", positive)
  .option("--macs <budget>", "multiply-accumulates that may remain", positive)
  .option("--channels <budget>", "channels that may remain", positive)
  .option("--activation-bytes <budget>", "bytes of activations alive at once, of one sample, that may remain", positive)
  .option("--latency <budget>", "time of a run here, measured: as 2ms, 800us, or a share of now, as 0.5", latency)
  .option("--latency-batch <count>", "samples of such a run (default: 1)", count)
  .addOption(
    new Option("--utility <how>", "what a channel is worth (default: l1)").choices([
      "l1",
      "l2",
      "batchNorm",
      "activation",
      "taylor",
      "random",
    ]),
  )
  .addOption(data())
  .option("--fine-tune <epochs>", "train what is left, for so many epochs", count)
  .option("--learning-rate <rate>", "of fine-tuning (default: a quarter of what the model was trained with)", positive)
  .option(
    "--keep-accuracy <least>",
    "prune and fine-tune in rounds, while the accuracy is at least so: as 0.97, or -0.01 for a point less than now",
    accuracy,
  )
  .option("--round <share>", "of what it costs, what every round leaves (default: 0.8)", share)
  .option("--seed <number>", "decides random utility and the order of samples (default: 42)", whole)
  .addOption(json())
  .addHelpText(
    "after",
    `
What a channel is worth:
  l1, l2       the size of the weights that make it
  batchNorm    the scale of the batch norm that it goes through
  activation   |result x gradient|, the mean over the first 1000 training samples of --data
  taylor       by how much the loss would change without it, to the first order, on the same samples
  random       drawn: what others must be better than

Of a trained model, with --data:
  netpick prune lenet.safetensors --params 0.5 --utility activation --data mnist --fine-tune 2 --out small.safetensors
  netpick prune lenet.safetensors --keep-accuracy -0.01 --utility taylor --out smallest.safetensors
Every second test sample decides when rounds end; accuracy is told of the others.`,
  )
  .action(lazy(() => import("./prune.js")));

limits(program.command("generate"), ["any", "any", "any"])
  .description("random valid networks of the netpicking plan, as JSON files or lines")
  .option("-n, --networks <count>", "how many (default: 24)", count)
  .option("--seed <number>", "decides every choice (default: 42)", whole)
  .addOption(views())
  .option("--strings", "random layer strings instead, one a line, drawn until so many are valid")
  .option("--length <numbers>", "of layer strings: fewest and most words (default: 2-10)", fromTo)
  .option("--words <file>", "of layer strings: the vocabulary, a word a line (default: the 14 published)")
  .option("--once", "of layer strings: no word stands twice in a string")
  .option("--strict", "of layer strings: refuse what the published builder refuses, too")
  .addOption(classes())
  .option("--out <folder>", "write every network to a file of its own in this folder, layer strings to strings.txt")
  .addOption(json())
  .action(lazy(() => import("./generate.js")));

program
  .command("train")
  .description("train one network on one data set and say how good it is")
  .argument("<file>", "a TypeScript file that exports a network, a JSON graph, or a saved model")
  .addOption(data())
  .option("--epochs <count>", "passes over the training samples (default: 4)", count)
  .option("--batch <count>", "samples per step (default: 25)", count)
  .option("--optimizer <how>", "adam, adamW, nadam, sgd, rmsprop, adagrad or lion (default: adam, with AMSGrad)")
  .option("--learning-rate <rate>", "step size (default: 0.002)", positive)
  .option("--weight-decay <rate>", "of the optimizer (default: the optimizer's own)", notNegative)
  .addOption(schedule())
  .option("--clip-norm <length>", "longest that all gradients together may be", positive)
  .option("--clip-value <size>", "largest that an element of a gradient may be", positive)
  .option("--accumulate <count>", "batches that make one step (default: 1)", count)
  .option("--drop-last", "leave out the samples at the end of an epoch that fill no batch")
  .option("--loss <how>", "crossEntropy, nll, binaryCrossEntropy or hinge (default: by the network's last op)")
  .option("--label-smoothing <share>", "share of the target that is spread over all classes", share)
  .option("--class-weights <numbers>", "how much each class counts, as 1,1,2.5", numbers)
  .option("--augment <how>", "shift, flip, crop, erase or noise, one after another (can be given again)", collect("+"))
  .option("--validation <share>", "share of the training samples that is kept apart to be watched", share)
  .option("--early-stopping <when>", "epochs without a lower log-loss, or e.g. accuracy:patience=3,minDelta=0.01")
  .option("--init <how>", "first weights: kaimingNormal, kaimingUniform, xavierNormal, xavierUniform, orthogonal, ...")
  .option("--weights <file>", "begin with the weights of a saved model, where its layers have the same names")
  .option("--freeze <layers>", "layers that learn nothing, as stem,cv1 (can be given again)", collect(","))
  .option("--seed <number>", "decides first weights, the order of samples and what is drawn (default: 42)", whole)
  .option("--export <file>", "write the training itself to this .onnx file, for other programs, and train nothing")
  .addOption(new Option("--out, --save <file>", "write the trained model to this file, .onnx or .safetensors"))
  .addOption(json())
  .addHelpText(
    "after",
    `
Settings stand behind a colon, several lists of them behind a plus; docs/train.md has them all:
  --optimizer sgd:momentum=0.9,nesterov      --schedule warmUp:length=200+cosine
  --augment crop:padding=2+flip              --augment erase:area=0.02/0.2,value=random
  --init truncatedNormal:std=0.02            --loss hinge:margin=0.5`,
  )
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
  .addOption(schedule())
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
