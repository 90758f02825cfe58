"""The blocks written in PyTorch, from the articles and with torchvision's names, to compare netpick's with."""
from collections import OrderedDict

import torch
from torch import nn


def named(**modules):
    return nn.Sequential(OrderedDict(modules))


class BasicBlock(nn.Module):
    def __init__(self, channels, out, stride=1, act=nn.ReLU):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)
        self.act = act()
        self.downsample = None
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = self.bn2(self.conv2(self.act(self.bn1(self.conv1(x)))))
        return self.act(y + (self.downsample(x) if self.downsample else x))


class Bottleneck(nn.Module):
    def __init__(self, channels, width, stride=1, act=nn.ReLU):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)
        self.act = act()
        self.downsample = None
        if stride != 1 or channels != 4 * width:
            conv = nn.Conv2d(channels, 4 * width, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(4 * width))

    def forward(self, x):
        y = self.act(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(self.act(self.bn2(self.conv2(y)))))
        return self.act(y + (self.downsample(x) if self.downsample else x))


class Inception(nn.Module):
    def __init__(self, channels, one, reduce3, three, reduce5, five, pool, act=nn.ReLU):
        super().__init__()

        def unit(channels, out, kernel):
            conv = nn.Conv2d(channels, out, kernel, padding=kernel // 2, bias=False)
            return named(conv=conv, bn=nn.BatchNorm2d(out, eps=0.001), act=act())

        self.branch1 = unit(channels, one, 1)
        self.branch2 = nn.Sequential(unit(channels, reduce3, 1), unit(reduce3, three, 3))
        self.branch3 = nn.Sequential(unit(channels, reduce5, 1), unit(reduce5, five, 3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), unit(channels, pool, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class DenseBlock(nn.Module):
    def __init__(self, channels, layers, growth, act=nn.ReLU):
        super().__init__()
        for i in range(layers):
            seen, middle = channels + i * growth, 4 * growth
            layer = named(
                norm1=nn.BatchNorm2d(seen),
                act1=act(),
                conv1=nn.Conv2d(seen, middle, 1, bias=False),
                norm2=nn.BatchNorm2d(middle),
                act2=act(),
                conv2=nn.Conv2d(middle, growth, 3, padding=1, bias=False),
            )
            self.add_module(f"denselayer{i + 1}", layer)

    def forward(self, x):
        features = [x]
        for layer in self.children():
            features.append(layer(torch.cat(features, 1)))
        return torch.cat(features, 1)


def Transition(channels, out, act=nn.ReLU):
    conv = nn.Conv2d(channels, out, 1, bias=False)
    return named(norm=nn.BatchNorm2d(channels), act=act(), conv=conv, pool=nn.AvgPool2d(2))


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed, rank=2, act=nn.ReLU, gate=nn.Sigmoid):
        super().__init__()
        conv = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[rank]
        self.fc1, self.fc2 = conv(channels, squeezed, 1), conv(squeezed, channels, 1)
        self.act, self.gate = act(), gate()

    def forward(self, x):
        means = x.mean(tuple(range(2, x.dim())), keepdim=True)
        return x * self.gate(self.fc2(self.act(self.fc1(means))))


class InvertedResidual(nn.Module):
    def __init__(self, channels, out, ratio, stride=1, act=nn.ReLU6):
        super().__init__()
        wide = channels * ratio

        def unit(channels, kernel, stride, groups):
            conv = nn.Conv2d(channels, wide, kernel, stride, kernel // 2, groups=groups, bias=False)
            return nn.Sequential(conv, nn.BatchNorm2d(wide), act())

        expand = [unit(channels, 1, 1, 1)] if ratio != 1 else []
        project = [nn.Conv2d(wide, out, 1, bias=False), nn.BatchNorm2d(out)]
        self.conv = nn.Sequential(*expand, unit(wide, 3, stride, wide), *project)
        self.shortcut = stride == 1 and channels == out

    def forward(self, x):
        return x + self.conv(x) if self.shortcut else self.conv(x)


def SeparableConv2d(channels, out, kernel, multiplier=1, **window):
    middle = channels * multiplier
    depthwise = nn.Conv2d(channels, middle, kernel, groups=channels, bias=False, **window)
    return named(depthwise=depthwise, pointwise=nn.Conv2d(middle, out, 1))


class Branches(nn.Sequential):
    def __init__(self, merge, *branches):
        super().__init__(*branches)
        self.merge = merge

    def forward(self, x):
        return self.merge([branch(x) for branch in self])
