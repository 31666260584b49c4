"""The machine, the disk and the operating system. This package does not import torch."""
