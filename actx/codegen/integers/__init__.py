"""Code for tables of integers: one module a language, each of which computes as `Rule` says.

A module has `ENDING`, the usual ending of a file, `BINARY`, whether what is written is no text,
`RESERVED`, names that nothing can have there, `write`, which makes the code of a `Lookup`, and some
`write_pieces`, for tables of pieces in fixed point.
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
OF_PIECES = ("c", "verilog", "hls")  # those in which pieces of any width are written as well
HARDWARE = ("verilog", "hls")  # those that have no code of real numbers
