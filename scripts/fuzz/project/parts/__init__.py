from . import ops
from .ops import CLASSES
from .shapes import *


class Head(ops.Linear):
    def __init__(self, features, classes=CLASSES):
        super().__init__(features, classes)
