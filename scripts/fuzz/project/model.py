import torch
from torch import nn

import parts.ops as ops
from blocks import *
from parts import Head, halved
from parts.shapes import WIDTHS


class Net(nn.Module):
    def __init__(self, widths=WIDTHS, classes=ops.CLASSES):
        super().__init__()
        self.stem = ops.conv(1, widths[0])
        self.blocks = nn.Sequential(*[Block(width, act=ops.ACTS["relu"]) for width in halved(widths)])
        self.head = Head(widths[0], classes)

    def forward(self, x):
        x = ops.squashed(self.stem(x.view(-1, 1, 14, 14)))
        return self.head(torch.flatten(self.blocks(x).mean((2, 3)), 1))
