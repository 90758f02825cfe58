/**
 * Milliseconds per training step of recurrent classifiers (28 features, 64 in the state, batch 25, one thread), beside
 * PyTorch's where Debian's python3-torch is installed. Usage: node scripts/bench-recurrent.mjs [folder], a build.
 */
import { spawnSync } from "node:child_process";
import { leastMilliseconds, loadBuilds } from "./training-steps.mjs";

const [build] = await loadBuilds([process.argv[2] ?? "dist"]);
const lengths = [28, 200];
const ops = { lstm: "LSTM", gru: "GRU", rnn: "RNN" };

const torch = `
import time, torch
torch.set_num_threads(1)
torch.set_flush_denormal(True)
for kind in ${JSON.stringify(Object.values(ops))}:
    for length in ${JSON.stringify(lengths)}:
        layer, linear = getattr(torch.nn, kind)(28, 64, batch_first=True), torch.nn.Linear(64, 10)
        optimizer = torch.optim.Adam([*layer.parameters(), *linear.parameters()], amsgrad=True)
        x, y, least = torch.randn(25, length, 28), torch.randint(0, 10, (25,)), 1e9
        for _ in range(10):
            started = time.perf_counter()
            loss = torch.nn.functional.cross_entropy(linear(layer(x)[0][:, -1]), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            least = min(least, time.perf_counter() - started)
        print(1000 * least)
`;
const peers = spawnSync("/usr/bin/python3", ["-c", torch], { encoding: "utf8" }).stdout.trim().split("\n");

for (const op of Object.keys(ops)) {
  for (const length of lengths) {
    const a = build.assemble(op);
    const state = a.node(op, [a.input("x", [length, 28])], { hiddenSize: 64, output: "last" });
    const [least] = await leastMilliseconds([build], a.finish(a.node("linear", [state], { outFeatures: 10 })));
    console.log(
      `${op.padEnd(5)}${String(length).padStart(4)}  ${least.toFixed(1).padStart(7)} ms, PyTorch ${Number(peers.shift() || Number.NaN).toFixed(1)} ms`,
    );
  }
}
