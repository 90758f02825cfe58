"""Networks written to ONNX by PyTorch: argv[1] is a folder; one JSON line a file, with an input and what PyTorch makes of it."""
import json
import sys
import warnings

import torch
import torch.nn.functional as F
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(0)


def normed(inputs, outputs, kernel, stride=1, groups=1):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(outputs)]


class Basic(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.body = nn.Sequential(*normed(inputs, outputs, 3, stride), nn.ReLU(), *normed(outputs, outputs, 3))
        self.down = nn.Sequential(*normed(inputs, outputs, 1, stride)) if inputs != outputs else nn.Identity()

    def forward(self, x):
        return F.relu(self.body(x) + self.down(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(*normed(3, 16, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.layers = nn.Sequential(Basic(16, 16), Basic(16, 16), Basic(16, 32, 2), Basic(32, 32), Basic(32, 64, 2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(torch.flatten(self.pool(self.layers(self.stem(x))), 1))


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, stride, factor):
        super().__init__()
        hidden = inputs * factor
        self.body = nn.Sequential(
            *normed(inputs, hidden, 1),
            nn.ReLU6(),
            *normed(hidden, hidden, 3, stride, hidden),
            nn.ReLU6(),
            *normed(hidden, outputs, 1),
        )
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


class MobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        blocks = [Inverted(8, 8, 1, 2), Inverted(8, 16, 2, 4), Inverted(16, 16, 1, 4)]
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU6(), *blocks)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(16, 10))

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))


class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        sizes = [8, 12, 16, 20]
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(size), nn.ReLU(), nn.Conv2d(size, 4, 3, padding=1)) for size in sizes
        )
        self.pool = nn.AvgPool2d(2)
        self.fc = nn.Linear(24, 10)

    def forward(self, x):
        features = [self.first(x)]
        for layer in self.layers:
            features.append(layer(torch.cat(features, 1)))
        y = F.adaptive_avg_pool2d(self.pool(torch.cat(features, 1)), (1, 1))
        return self.fc(y.view(y.size(0), -1))


class Recurrent(nn.Module):
    def __init__(self, kind, bidirectional, embeds):
        super().__init__()
        self.embedding = nn.Embedding(20, 12) if embeds else nn.Identity()
        self.recurrent = kind(12, 16, 2, batch_first=True, bidirectional=bidirectional)
        self.fc = nn.Linear(32 if bidirectional else 16, 5)

    def forward(self, x):
        y, _ = self.recurrent(self.embedding(x))
        return self.fc(y[:, -1])


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
        self.fc = nn.Linear(16, 3)

    def forward(self, x):
        return self.fc(self.layer(x).mean(1))


class VisionTransformer(nn.Module):
    """Attention spelled out, as timm writes it."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 4, 4)
        self.norm1, self.norm2 = nn.LayerNorm(16), nn.LayerNorm(16)
        self.qkv, self.proj = nn.Linear(16, 48), nn.Linear(16, 16)
        self.mlp = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        batch, count, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(batch, count, 3, 4, width // 4).permute(2, 0, 3, 1, 4).unbind(0)
        shares = ((q @ k.transpose(-2, -1)) * (width // 4) ** -0.5).softmax(-1)
        x = x + self.proj((shares @ v).transpose(1, 2).reshape(batch, count, width))
        x = x + self.mlp(self.norm2(x))
        return self.head(x[:, 0])


class Others(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.group = nn.GroupNorm(2, 8)
        self.instance = nn.InstanceNorm2d(8, affine=True)
        self.up = nn.ConvTranspose2d(8, 6, 3, 2, 1, 1)
        self.prelu = nn.PReLU(6)
        squeeze = [nn.AdaptiveAvgPool2d(1), nn.Conv2d(6, 2, 1), nn.SiLU(), nn.Conv2d(2, 6, 1), nn.Hardsigmoid()]
        self.excite = nn.Sequential(*squeeze)

    def forward(self, x):
        y = F.elu(self.instance(F.leaky_relu(self.group(self.conv(x)), 0.1)))
        y = self.prelu(self.up(y))
        y = y * self.excite(y)
        bilinear = F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)
        a, b = torch.split(bilinear + F.interpolate(y, scale_factor=2, mode="nearest"), 3, 1)
        y = F.hardswish(a) * torch.sigmoid(b) + F.softplus(a) + F.mish(b) - torch.tanh(a) / 2
        y = F.max_pool2d(F.pad(y, (1, 2, 0, 1)), 3, 2, 1, ceil_mode=True)
        return F.log_softmax(y.flatten(1)[:, ::2], 1)


images = torch.randn(2, 3, 32, 32)
sequences = torch.randn(2, 7, 12)
networks = {
    "resnet": (ResNet(), images),
    "mobilenet": (MobileNet(), images),
    "densenet": (DenseNet(), images),
    "lstm": (Recurrent(nn.LSTM, True, True), torch.randint(0, 20, (2, 7))),
    "lstm-one-way": (Recurrent(nn.LSTM, False, False), sequences),
    "gru": (Recurrent(nn.GRU, True, False), sequences),
    "rnn": (Recurrent(nn.RNN, False, False), sequences),
    "encoder": (Encoder(), torch.randn(2, 7, 16)),
    "vision-transformer": (VisionTransformer(), images),
    "others": (Others(), images),
}
for name, (network, x) in networks.items():
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
    network.eval()
    y = network(x)
    for opset in (11, 13, 17):
        for is_open in (True, False):
            file = f"{sys.argv[1]}/{name}-{opset}{'-open' if is_open else ''}.onnx"
            axes = {"x": {0: "batch"}, "y": {0: "batch"}} if is_open else None
            torch.onnx.export(network, x, file, opset_version=opset, input_names=["x"], output_names=["y"], dynamic_axes=axes)
            parameters = sum(one.numel() for one in network.parameters())
            case = {"file": file, "parameters": parameters, "x": x.flatten().tolist(), "dims": list(x.shape)}
            print("case", json.dumps({**case, "y": y.flatten().tolist()}))
