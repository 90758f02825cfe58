"""PyTorch as a peer: reads cases as JSON from standard input, answers each on a line of standard output.

Everything is computed in double precision from the same float32 numbers, so that a difference is netpick's.
"""
import base64
import importlib.util
import json
import re
import sys

import numpy
import torch
from torch import nn

from blocks import *  # spellings name them

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


class RMSNorm(nn.Module):
    """As nn.RMSNorm is documented, for a PyTorch older than it."""

    def __init__(self, normalized_shape, eps, elementwise_affine=True):
        super().__init__()
        self.axes = tuple(range(-len(normalized_shape), 0))
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(normalized_shape)) if elementwise_affine else None

    def forward(self, x):
        normal = x / torch.sqrt(x.pow(2).mean(self.axes, keepdim=True) + self.eps)
        return normal if self.weight is None else normal * self.weight


if not hasattr(nn, "RMSNorm"):
    nn.RMSNorm = RMSNorm


def decode(tensor):
    values = numpy.frombuffer(base64.b64decode(tensor["data"]), dtype="<f4").reshape(tensor["dims"])
    return torch.from_numpy(values.astype("float64"))


def encode(tensor):
    values = tensor.detach().numpy().astype("<f8")
    return {"dims": list(values.shape), "data": base64.b64encode(values.tobytes()).decode()}


def snake(role):
    return re.sub("[A-Z]", lambda upper: "_" + upper.group().lower(), role)


class Weight(nn.Module):
    """A parameter that stands alone."""

    def __init__(self, weight):
        super().__init__()
        self.weight = weight


class Spelled:
    """An op by its spelling: a module with the given weights, or an expression over its inputs."""

    def __init__(self, spelling, weights):
        self.expression = spelling.get("expression")
        self.before = spelling.get("before")
        self.call = spelling.get("call")
        self.module = None
        if self.expression is None:
            made = eval(spelling["module"])
            self.module = Weight(made) if isinstance(made, nn.Parameter) else made
            state = {snake(role): decode(value) for role, value in weights.items()}
            missing, unexpected = self.module.load_state_dict(state, strict=False)
            assert not unexpected and all("num_batches" in name for name in missing), (missing, unexpected)

    def __call__(self, x):
        if self.before:
            x = [eval(self.before, {"nn": nn, "x": x})]
        if self.expression:
            return eval(self.expression, {"torch": torch, "x": x})
        called = self.module.weight if isinstance(self.module, Weight) else self.module
        return eval(self.call, {"torch": torch, "m": called, "x": x}) if self.call else called(*x)

    def tensors(self):
        return {} if self.module is None else self.module.state_dict(keep_vars=True)


def run_op(case):
    op = Spelled(case["spelling"], case["weights"])
    if op.module is not None:
        op.module.train(case["training"])
    leaves = [decode(x).requires_grad_() for x in case["x"]]
    # What is written over its input must not be a leaf.
    y = op([leaf * 1 for leaf in leaves])
    y.backward(decode(case["dy"]))
    state = {role: op.tensors()[snake(role)] for role in case["weights"]}
    return {
        "y": encode(y),
        "dx": [None if leaf.grad is None else encode(leaf.grad) for leaf in leaves],
        "dw": {role: encode(value.grad) for role, value in state.items() if value.requires_grad},
        "carried": {role: encode(value) for role, value in state.items() if not value.requires_grad},
    }


class Lion(torch.optim.Optimizer):
    """Algorithm 2 of Chen et al. 2023, which PyTorch lacks."""

    def __init__(self, parameters, lr, betas, weight_decay=0):
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            rate, (beta1, beta2) = group["lr"], group["betas"]
            for p in group["params"]:
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                direction = torch.sign(beta1 * mean + (1 - beta1) * p.grad)
                p -= rate * (direction + group["weight_decay"] * p)
                mean.copy_(beta2 * mean + (1 - beta2) * p.grad)


OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamW": torch.optim.AdamW,
    "nadam": torch.optim.NAdam,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
    "lion": Lion,
}
SETTINGS = {
    "learningRate": "lr",
    "weightDecay": "weight_decay",
    "momentumDecay": "momentum_decay",
    "learningRateDecay": "lr_decay",
    "initialAccumulator": "initial_accumulator_value",
}


def make_optimizer(settings, parameters):
    settings = dict(settings)
    kind = OPTIMIZERS[settings.pop("name")]
    if kind is torch.optim.NAdam:
        # PyTorch 1.13 counts one momentum twice in the product when it goes tensor by tensor; its other form does not.
        settings["foreach"] = True
    if "beta1" in settings:
        settings["betas"] = (settings.pop("beta1"), settings.pop("beta2"))
    return kind(parameters, **{SETTINGS.get(key, key): value for key, value in settings.items()})


def run_training(case):
    ops = {}
    for node in case["nodes"]:
        owner = node.get("shares")
        ops[node["name"]] = ops[owner] if owner else Spelled(node["spelling"], node["weights"])
    parameters = [value for op in set(ops.values()) for value in op.tensors().values() if value.requires_grad]
    optimizer = make_optimizer(case["optimizer"], parameters)
    samples, labels = decode(case["samples"]), torch.tensor(case["labels"])
    losses = []
    for rows in case["rows"]:
        values = {case["input"]: samples[rows]}
        for node in case["nodes"]:
            values[node["name"]] = ops[node["name"]]([values[name] for name in node["inputs"]])
        names = {"x": values[case["output"]], "y": labels[rows], "torch": torch, **vars(nn.functional)}
        loss = eval(case["loss"], names)
        optimizer.zero_grad()
        loss.backward()
        if "value" in case["clip"]:
            nn.utils.clip_grad_value_(parameters, case["clip"]["value"])
        if "norm" in case["clip"]:
            nn.utils.clip_grad_norm_(parameters, case["clip"]["norm"])
        optimizer.step()
        losses.append(loss.item())
    weights = {
        node["name"] + "." + role: encode(ops[node["name"]].tensors()[snake(role)])
        for node in case["nodes"]
        for role in node["weights"]
        if not node.get("shares")
    }
    return {"losses": losses, "weights": weights}


def network_pass(case, dtype, seed=None):
    """Outputs of a network, and while training gradients and carried statistics, computed in that precision; with a seed, weights, arriving
    gradients and every node's result moved by about the last digit of float32, as other rounding would."""
    torch.set_default_dtype(dtype)
    draws = torch.Generator().manual_seed(seed or 0)

    def moved(value):
        step = torch.randint(-1, 2, value.shape, generator=draws).to(dtype) * 2**-23
        return value if seed is None else value * (1 + step)

    ops = {}
    for node in case["nodes"]:
        owner = node.get("shares")
        ops[node["name"]] = ops[owner] if owner else Spelled(node["spelling"], node["weights"])
        if not owner and ops[node["name"]].module is not None:
            ops[node["name"]].module.train(case["training"])
        for value in {} if owner else ops[node["name"]].tensors().values():
            if value.is_floating_point():
                value.data = moved(value.data)
    leaves = {name: decode(x).to(dtype).requires_grad_() for name, x in case["inputs"].items()}
    values = dict(leaves)
    for node in case["nodes"]:
        # What is written over its input must be nobody else's; and not all of PyTorch takes transposed views.
        inputs = [values[name].clone(memory_format=torch.contiguous_format) for name in node["inputs"]]
        values[node["name"]] = moved(ops[node["name"]](inputs))
        # Nor does all of its way back: 1.13's batch norm adds up a transposed gradient wrongly.
        if values[node["name"]].requires_grad:
            values[node["name"]].register_hook(lambda gradient: gradient.contiguous())
    outputs = [(values[name], moved(decode(dy).to(dtype))) for name, dy in case["dy"].items()]
    found = {"y/" + name: values[name] for name in case["dy"]}
    if case["training"]:
        torch.autograd.backward(*zip(*outputs))
    found.update(("d/" + name, leaf.grad) for name, leaf in leaves.items() if leaf.grad is not None)
    for node in case["nodes"] if case["training"] else []:
        for role in [] if node.get("shares") else node["weights"]:
            value, name = ops[node["name"]].tensors()[snake(role)], node["name"] + "." + role
            if not value.requires_grad:
                found["carried/" + name] = value
            elif value.grad is not None:
                found["d/" + name] = value.grad
    torch.set_default_dtype(torch.float64)
    return {name: value.detach().double() for name, value in found.items()}


def run_network(case):
    """In double precision, and how far float32 strays from it here: as it is, and where every result is moved."""
    exact, rounded = network_pass(case, torch.float64), network_pass(case, torch.float32)
    moved = [network_pass(case, torch.float32, seed) for seed in (1, 2)]
    return {
        "exact": {name: encode(value) for name, value in exact.items()},
        "strays": {name: stray(value, rounded[name]) for name, value in exact.items()},
        "moved": {name: max(stray(value, one[name]) for one in moved) for name, value in exact.items()},
    }


def stray(exact, rounded):
    most = (exact - rounded).abs().max().item()
    # JSON has no infinity.
    return most if most < 1e30 else 1e30


def run_worth(case):
    """In use, of every node's result and along every axis of it: |result x gradient| averaged over samples and places, and
    the absolute value of each sample's sum averaged over samples. Sample by sample, each with its own loss."""
    ops = {}
    for node in case["nodes"]:
        owner = node.get("shares")
        ops[node["name"]] = ops[owner] if owner else Spelled(node["spelling"], node["weights"])
        if ops[node["name"]].module is not None:
            ops[node["name"]].module.eval()
    samples, labels = decode(case["samples"]).requires_grad_(), torch.tensor(case["labels"])
    products = {node["name"]: [] for node in case["nodes"]}
    for i in range(len(labels)):
        values = {case["input"]: samples[i : i + 1]}
        for node in case["nodes"]:
            values[node["name"]] = ops[node["name"]]([values[name].clone() for name in node["inputs"]])
            values[node["name"]].retain_grad()
        names = {"x": values[case["output"]], "y": labels[i : i + 1], "torch": torch, **vars(nn.functional)}
        eval(case["loss"], names).backward()
        for name, of in products.items():
            # Of what the loss does not depend on there is no gradient.
            if values[name].grad is not None:
                of.append((values[name] * values[name].grad)[0].detach())
    answer = {}
    for name, of in products.items():
        if not of:
            continue
        product = torch.stack(of)
        for axis in range(product.dim() - 1):
            others = [i for i in range(1, product.dim()) if i != axis + 1]
            answer[f"activation/{axis}/{name}"] = encode(product.abs().mean([0] + others))
            sums = product.sum(others) if others else product
            answer[f"taylor/{axis}/{name}"] = encode(sums.abs().mean(0))
    return answer


def run_schedule(case):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=case["rate"], momentum=0.9)
    scheduler = eval(case["scheduler"], {"optimizer": optimizer, **vars(torch.optim.lr_scheduler)})
    rates = [optimizer.param_groups[0]["lr"]]
    optimizer.step()
    for arguments in case["arguments"]:
        scheduler.step(*arguments)
        rates.append(optimizer.param_groups[0]["lr"])
    return {"rates": rates}


def run_initialiser(case):
    torch.manual_seed(1)
    values = torch.empty(case["shape"])
    eval(case["initialiser"], {"w": values, **vars(nn.init)})
    return {"mean": values.mean().item(), "variance": values.var(unbiased=False).item(), "largest": values.abs().max().item()}


def imported(file):
    spec = importlib.util.spec_from_file_location("written", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_written(case):
    """A network of a file, with the weights of another, which the loader that netpick writes reads."""
    model = getattr(imported(case["file"]), case["network"])()
    if case["weights"]:
        # Without a path it reads the file beside its own.
        beside = case["loader"] == case["file"]
        imported(case["loader"]).load_weights(model, *([] if beside else [case["weights"]]))
    # With gradients: without them 1.13 takes a way through attention that fails where there is no bias.
    y = model.eval()(*[decode(x) for x in case["x"]])
    return [encode(one) for one in (y if isinstance(y, tuple) else (y,))]


def run(case):
    if "loader" in case:
        return run_written(case)
    if "initialiser" in case:
        return run_initialiser(case)
    if "scheduler" in case:
        return run_schedule(case)
    if "worth" in case:
        return run_worth(case)
    if "dy" in case and "nodes" in case:
        return run_network(case)
    return run_training(case) if "nodes" in case else run_op(case)


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
