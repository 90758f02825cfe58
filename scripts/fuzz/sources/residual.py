import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels * stride, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels * stride)
        self.down = nn.Sequential(nn.Conv2d(channels, channels * stride, 1, stride)) if stride > 1 else None

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return y + (x if self.down is None else self.down(x))


class Residual(nn.Module):
    def __init__(self, widths=(4, 8), classes=10):
        super().__init__()
        self.stem = nn.Conv2d(1, widths[0], kernel_size=3, padding=1)
        self.blocks = nn.ModuleList([Block(width, 1 + i) for i, width in enumerate(widths[:1] * 2)])
        self.norm = nn.GroupNorm(2, widths[1])
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(widths[1], classes)

    def forward(self, inputs):
        x = self.stem(inputs.view(-1, 1, 14, 14))
        for block in self.blocks:
            x = block(x)
        x = torch.cat([F.max_pool2d(self.norm(x), 2), F.avg_pool2d(x, 2)], dim=1)[:, :8]
        return F.log_softmax(self.fc(torch.flatten(self.pool(x), 1)), dim=1)
