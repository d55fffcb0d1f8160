"""A network that comes as an ONNX file, as one of PyTorch's that can be trained on."""
