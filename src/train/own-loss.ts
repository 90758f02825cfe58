/** A user's own loss: a network of two inputs, output and target, that learns nothing; its mean is the loss. */
import { type Graph, GraphError } from "../graph/index.js";
import { analyse } from "../op/index.js";
import type { Loss } from "./losses.js";
import { parameters } from "./parameters.js";
import { backwardPass, forwardPass, TrainError } from "./pass.js";
import { elementsOf } from "./value-losses.js";

export interface OwnLoss {
  readonly name: "own";
  /** Inputs `output` and `target`, of the network's output shape; what it makes of them is averaged. */
  readonly graph: Graph;
}

export function ownLoss({ graph }: OwnLoss): Loss {
  const { placed } = analyse(graph);
  if (graph.inputs.map(({ name }) => name).join() !== "output,target" || graph.outputs.length !== 1) {
    throw new GraphError(
      `loss: one of your own has the inputs output and target and one result, got ${graph.name}; describe it so`,
    );
  }
  const learning = parameters(graph)[0];
  if (learning) {
    throw new TrainError(`loss: one of your own cannot learn, got ${learning.name}; put it into the network`);
  }
  const result = graph.outputs[0]!;
  const seen = placed.some(({ node }) => node.inputs.includes("target")) || result === "target";
  const weight = (name: string): never => {
    throw new TrainError(`loss: one of your own cannot learn, got ${name}; put it into the network`);
  };
  return {
    name: "own",
    against: ["values"],
    ...(!seen && { alone: true as const }),
    emit: (emit, output, { value }) => {
      const inputs = new Map([
        ["output", output],
        ["target", value],
      ]);
      const pass = forwardPass(emit, graph, inputs, { weight, training: true, seed: 0 });
      const y = pass.forms.get(result);
      // Of the mean over batch and elements, every element has the same share.
      const share = emit.op("Div", [emit.float(1), elementsOf(emit, y)]);
      const dims = emit.op("Shape", [y]);
      const gradients = backwardPass(emit, graph, pass, {
        gradients: [[result, emit.op("Expand", [share, dims])]],
        weight,
        inputs: ["output"],
      });
      return { loss: emit.op("ReduceMean", [y], { keepdims: 0 }), gradient: gradients.get("output")! };
    },
  };
}
