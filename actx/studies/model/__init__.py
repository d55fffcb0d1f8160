"""The activations of a trained network: which there are, what they see (`actx model`)."""
