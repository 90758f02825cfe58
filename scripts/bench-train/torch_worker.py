"""PyTorch's side of bench:train: one thread, eager, asked line by line on standard input.

Asked {"load": ...} it builds a network from its spelled modules, {"train": seconds} and {"evaluate": seconds} it answers
with the samples done and the seconds taken, {"start": true} with the seconds from nothing to the first step done.
"""
import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)


class Network(nn.Module):
    def __init__(self, nodes, inputs, output):
        super().__init__()
        lines = []
        for i, node in enumerate(nodes):
            x = [f"v[{name!r}]" for name in node["inputs"]]
            if node.get("module"):
                setattr(self, f"m{i}", eval(node["module"]))
                before = node["before"].replace("x[0]", x[0]) if node.get("before") else x[0]
                call = f"m.m{i}({before})"
            else:
                call = node["expression"]
                for k, name in enumerate(x):
                    call = call.replace(f"x[{k}]", name)
            lines.append(f"    v[{node['name']!r}] = {call}")
        source = "\n".join(["def run(m, x):", f"    v = {{{inputs!r}: x}}", *lines, f"    return v[{output!r}]"])
        scope = {"torch": torch, "nn": nn}
        exec(source, scope)
        self.run = scope["run"]

    def forward(self, x):
        return self.run(self, x)


def main():
    state = {}
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        if "load" in asked:
            task = asked["load"]
            model = Network(task["nodes"], task["input"], task["output"])
            optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, amsgrad=True)
            count = task["count"]
            samples = torch.rand(count, *task["shape"])
            labels = torch.randint(0, task["classes"], (count,))
            loss = nn.NLLLoss() if task["logs"] else nn.CrossEntropyLoss()
            order = torch.randperm(count)
            state = {"at": 0}

            def step():
                if state["at"] + task["batch"] > count:
                    state["at"] = 0
                rows = order[state["at"] : state["at"] + task["batch"]]
                state["at"] += task["batch"]
                optimizer.zero_grad()
                loss(model(samples[rows]), labels[rows]).backward()
                optimizer.step()

            model.train()
            step()
            answer = {"seconds": time.perf_counter() - began}
        elif "train" in asked:
            model.train()
            steps = 0
            while time.perf_counter() - began < asked["train"]:
                step()
                steps += 1
            answer = {"samples": steps * task["batch"], "seconds": time.perf_counter() - began}
        else:
            model.eval()
            done = 0
            with torch.no_grad():
                while time.perf_counter() - began < asked["evaluate"]:
                    model(samples[:1000])
                    done += min(1000, count)
            answer = {"samples": done, "seconds": time.perf_counter() - began}
        print(json.dumps(answer), flush=True)


main()
