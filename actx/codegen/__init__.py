"""Code from formulas: one module a language, and the choice of the form that it computes.

Importing this package imports nothing heavy; `actx.codegen.make` is where an export begins.
"""

# what is written for each language
LANGUAGES = {
    "python": "functions of a float",
    "numpy": "functions of arrays",
    "numba": "ufuncs",
    "torch": "an nn.Module with its backward",
    "triton": "kernels of the function and its backward, and an nn.Module",
    "jax": "a function with custom_jvp",
    "c": "C99 functions, of one number and of arrays",
    "cuda": "device functions",
    "opencl": "functions and kernels, where there is fp64 also of doubles",
    "metal": "functions and kernels of floats and halves",
    "wgsl": "functions of an f32",
    "js": "an ES module",
    "rust": "functions of an f32 and an f64",
    "onnx": "a model of standard operators",
    "sympy": "exact expressions",
    "latex": "formulas",
}
