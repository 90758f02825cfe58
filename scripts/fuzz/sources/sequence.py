from collections import OrderedDict

import torch
from torch import nn


class Sequence(nn.Module):
    def __init__(self, features=6, hidden=5):
        super(Sequence, self).__init__()
        self.embed = nn.Sequential(OrderedDict([("lin", nn.Linear(features, 8)), ("act", nn.GELU())]))
        self.lstm = nn.LSTM(8, hidden, batch_first=True, bidirectional=True)
        self.attention = nn.MultiheadAttention(2 * hidden, 2, batch_first=True)
        self.norm = nn.LayerNorm(2 * hidden)
        self.gru = nn.GRU(2 * hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 3)

    def forward(self, x):
        x = self.embed(x.view(x.size(0), 7, 6))
        x, _ = self.lstm(x)
        y, _ = self.attention(x, x, x, need_weights=False)
        _, h = self.gru(self.norm(x + y))
        return torch.softmax(self.head(h[-1]), dim=-1)
