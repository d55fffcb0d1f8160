"""Code for tables of integers: one module a language, each of which computes as `Rule` says.

A module has `ENDING`, the usual ending of a file, `BINARY`, whether what is written is no text,
`RESERVED`, names that nothing can have there, and `write`, which makes the code of a `Lookup`.
"""

# what is written for each language
LANGUAGES = {
    "c": "C99 functions, of one integer and of arrays",
    "numpy": "a function of arrays",
    "torch": "an nn.Module",
    "onnx": "a model of standard operators",
    "verilog": "a module of two clocks and a testbench",
    "hls": "a C++ function of ap_int or ap_fixed",
}
