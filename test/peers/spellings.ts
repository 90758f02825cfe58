/** Small networks as people write them, one for each way of PyTorch to say something. */
import type { Shape } from "../../src/shape/index.js";

export interface Spelled {
  readonly init: string;
  readonly forward: string;
  /** Of one sample. */
  readonly input: Shape;
}

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
};
