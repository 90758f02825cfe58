/** Small networks as people write them, one for each way of PyTorch to say something. */
import type { Shape } from "../../src/shape/index.js";

export interface Spelled {
  readonly init: string;
  readonly forward: string;
  /** Of one sample. */
  readonly input: Shape;
  /** What stands in front of the input, and of the output unless that is one vector a sample: the batch unless told. */
  readonly first?: "steps";
}

/** A sequence of 7 steps of 6 features, which becomes one of `features` that are classified. */
const sequence = (layer: string, forward: string, features: number, more: Partial<Spelled> = {}): Spelled => ({
  init: `${layer}\nself.fc = nn.Linear(${features}, 3)`,
  forward,
  input: [7, 6],
  ...more,
});

/** A convolution, and what is done with its map. */
const map = (expression: string, more = "pass"): Spelled => ({
  init: `self.conv = nn.Conv2d(3, 4, 3)\n${more}`,
  forward: `x = self.conv(x)\nreturn ${expression}`,
  input: [3, 8, 8],
});

export const spellings: Readonly<Record<string, Spelled>> = {
  hardtanh: map("F.hardtanh(x * 20, 0, 6) + F.hardtanh(x * 2, -0.5, 0.25)"),
  Hardtanh: map("self.act(x * 4)", "self.act = nn.Hardtanh(inplace=True)"),
  clamp: map("torch.clamp(x, -0.3, 0.1) + x.clamp(min=0) + torch.clip(x, max=0.2) + x.clamp_min(-0.1)"),
  clampInPlace: { ...map("x"), forward: "x = self.conv(x)\ny = x\ny.clamp_(0, 0.2)\nreturn x" },
  reluInPlace: {
    ...map("x", "self.act = nn.ReLU(inplace=True)"),
    forward: "x = self.conv(x)\ny = self.act(x)\nreturn x * 3 + torch.sigmoid(y)",
  },
  clone: { ...map("x"), forward: "x = self.conv(x)\ny = x.clone()\ny += 1.\nF.relu(y, inplace=True)\nreturn x * y" },
  threshold: map("F.threshold(x, 0, 0)"),
  upsample: map("F.upsample(x, scale_factor=2, mode='bilinear', align_corners=False)"),
  alignCorners: map("F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=True)"),
  alignCornersDown: map("F.interpolate(x, size=(3, 3), mode='bilinear', align_corners=True)"),
  UpsamplingNearest2d: map("self.up(x)", "self.up = nn.UpsamplingNearest2d(scale_factor=2)"),
  UpsamplingBilinear2d: map("self.up(x)", "self.up = nn.UpsamplingBilinear2d(scale_factor=2)"),
  hstack: map("torch.hstack((x, torch.cat([x, x], axis=1)))"),
  instanceNorm: map("F.instance_norm(x)"),
  instanceNormOwn: map(
    "self.norm(x)",
    `class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4))
        self.bias = nn.Parameter(torch.zeros(4))
    def forward(self, x):
        return F.instance_norm(x, weight=self.weight, bias=self.bias, eps=1e-4)
self.norm = Norm()`,
  ),
  numpyWords: map("x.mean(axis=(2, 3), keepdims=True) * x"),
  lstmSecond: sequence(
    "self.rnn = nn.LSTM(6, 5)",
    "y, (h, c) = self.rnn(x.permute(1, 0, 2))\nreturn self.fc(y[-1])",
    5,
  ),
  lstmInput: sequence("self.rnn = nn.LSTM(6, 5, 2)", "y, (h, c) = self.rnn(x)\nreturn self.fc(h[-1])", 5, {
    first: "steps",
  }),
  gruMean: sequence(
    "self.rnn = nn.GRU(6, 5)",
    "y, h = self.rnn(x.transpose(0, 1))\nreturn self.fc(y).relu().mean(0)",
    5,
  ),
  gruState: sequence("self.rnn = nn.GRU(6, 5)", "_, h = self.rnn(x.transpose(0, 1))\nreturn self.fc(h.squeeze(0))", 5),
  gruBack: sequence(
    "self.rnn = nn.GRU(6, 5)",
    "y, h = self.rnn(x.swapaxes(0, 1))\nreturn self.fc(y).transpose(0, 1)",
    5,
  ),
  rnnBoth: sequence(
    "self.rnn = nn.RNN(6, 5, 2, bidirectional=True)",
    "y, h = self.rnn(x.permute(1, 0, 2))\nreturn self.fc(torch.cat((h[-2, :, :], h[-1, :, :]), dim=1))",
    10,
  ),
  lstmBoth: sequence(
    "self.rnn = nn.LSTM(6, 5, batch_first=True, bidirectional=True)",
    "y, (h, _) = self.rnn(x)\nreturn self.fc(torch.cat([h[0], h[1]], 1)) * y.mean((1, 2)).unsqueeze(1)",
    10,
  ),
  attentionSecond: sequence(
    "self.attention = nn.MultiheadAttention(6, 2)",
    "x = x.transpose(0, 1)\ny, weights = self.attention(x, x, x)\nreturn self.fc((x + y).mean(dim=0))",
    6,
  ),
  encoderLayer: sequence(
    "self.encoder = nn.TransformerEncoderLayer(6, 2, 16, batch_first=True)",
    "return self.fc(self.encoder(x).mean(1))",
    6,
  ),
  encoderSecond: sequence(
    `layer = nn.TransformerEncoderLayer(d_model=6, nhead=3, dim_feedforward=8, activation="gelu", norm_first=True)
self.encoder = nn.TransformerEncoder(layer, num_layers=2, norm=nn.LayerNorm(6))`,
    "x = self.encoder(x.permute(1, 0, 2))\nreturn self.fc(x[0])",
    6,
  ),
  encoderCausal: sequence(
    "self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 8, batch_first=True), 2)",
    "mask = torch.triu(torch.ones(x.size(1), x.size(1)), diagonal=1).bool()\nreturn self.fc(self.encoder(x, mask=mask))",
    6,
  ),
  encoderInput: sequence(
    "self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 8), 1)",
    "mask = nn.Transformer.generate_square_subsequent_mask(x.size(0))\nreturn self.fc(self.encoder(x, mask)[-1])",
    6,
    { first: "steps" },
  ),
  headsFirst: sequence(
    "self.qkv = nn.Linear(6, 18)",
    `B, N, C = x.shape
qkv = self.qkv(x).reshape(B, N, 3, 2, C // 2).permute(2, 0, 3, 1, 4)
q, k, v = qkv[0], qkv[1], qkv[2]
attn = ((q @ k.transpose(-2, -1)) * (C // 2) ** -0.5).softmax(dim=-1)
x = (attn @ v).transpose(1, 2).reshape(B, N, C)
return self.fc(x[:, 0])`,
    6,
  ),
  seenWithBatchSecond: sequence(
    "pass",
    "x = x.transpose(0, 1)\nx = x.view(x.size(0), x.size(1), 2, 3).sum(dim=2)\nx = torch.cat([x, x * 2], dim=-1)\nreturn self.fc(x.permute(1, 0, 2)[:, -1])",
    6,
  ),
  positionsSecond: sequence(
    "self.positions = nn.Parameter(torch.randn(7, 1, 6))",
    "return self.fc((x.transpose(0, 1) + self.positions)[-1])",
    6,
  ),
  newAxes: sequence("pass", "return self.fc(x[:, None, 0] * 2 + x[..., None, 0:1, :].sum(2))", 6),
  squeezeExcite: map(
    "x * self.gate(x).expand_as(x)",
    "self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 4, 1), nn.Sigmoid())",
  ),
  expand: map("x + x.mean((2, 3), keepdim=True).expand(-1, -1, 6, 6) - x[:, :1].expand(x.size(0), 4, -1, -1)"),
  largest: {
    init: "self.conv = nn.Conv1d(3, 6, 1)",
    forward: `x = self.conv(x)
y, places = torch.max(x, 2)
z = x.max(dim=1, keepdim=True).values
return torch.max(y, y * 2) + torch.min(x, dim=2, keepdim=True)[0].view(-1, 6) * z.mean(2)`,
    input: [3, 7],
  },
  unbind: {
    init: "self.fc = nn.Linear(6, 3)",
    forward:
      "a, b, c = x.view(-1, 2, 3, 6).permute(2, 0, 1, 3).unbind(0)\nreturn self.fc(a * b + c).select(1, -1) * torch.unbind(x, dim=1)[2][:, :3]",
    input: [6, 6],
  },
  zeroStates: sequence(
    "self.rnn = nn.LSTM(6, 5, 2, batch_first=True)",
    `h0 = torch.zeros(2, x.size(0), 5).to(x.device).requires_grad_()
c0 = torch.zeros_like(h0)
out, _ = self.rnn(x, (h0.detach(), c0))
return self.fc(out[:, -1, :])`,
    5,
  ),
  tried: {
    init: `self.convs = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2))
with torch.no_grad():
    tried = self.convs(torch.zeros(1, 3, 9, 10))
size = tried.view(1, -1).size(1)
assert size == tried[0].shape[0] * tried[0].shape[1] * tried.shape[-1] and size == tried.numel()
self.fc = nn.Linear(size, 3)`,
    forward: "return self.fc(torch.flatten(self.convs(x), 1))",
    input: [3, 9, 10],
  },
};
