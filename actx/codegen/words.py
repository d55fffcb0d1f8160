"""The words of languages, which no name in code may be."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


KEYWORDS = _words(
    """auto break case char const continue default do double else enum extern float for goto if
    inline int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while"""
)
SCRIPT_KEYWORDS = _words(
    """arguments await break case catch class const continue debugger default delete do else enum
    eval export extends false finally for function if implements import in instanceof interface let
    new null package private protected public return static super switch this throw true try typeof
    undefined var void while with yield"""
)
RUST_KEYWORDS = _words(
    """Self abstract as async await become box break const continue crate do dyn else enum extern
    false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return
    self static struct super trait true try type typeof unsafe unsized use virtual where while
    yield"""
)
WGSL_KEYWORDS = _words(
    """alias bool break case const const_assert continue continuing default diagnostic discard else
    enable f32 false fn for i32 if let loop override requires return struct switch true u32 var
    while"""
)
DEVICE_KEYWORDS = _words(  # of OpenCL, Metal and CUDA, and what their code and Triton's calls
    """bfloat bfloat16 block bool constant device fragment global half image1d_t image2d_t kernel
    libdevice local metal pipe private ptr read_only read_write sampler_t size_t thread threadgroup
    tl triton uchar uint ulong ushort vec2 vec3 vec4 vertex write_only as_float as_uint as_type
    bitcast select infinity not_a_number copysign hypotenuse length array atomic vload_half"""
)
VERILOG = _words(  # IEEE 1364-2001, annex B
    """always and assign automatic begin buf bufif0 bufif1 case casex casez cell
    cmos config deassign default defparam design disable edge else end endcase
    endconfig endfunction endgenerate endmodule endprimitive endspecify endtable
    endtask event for force forever fork function generate genvar highz0 highz1
    if ifnone incdir include initial inout input instance integer join large
    liblist library localparam macromodule medium module nand negedge nmos nor
    noshowcancelled not notif0 notif1 or output parameter pmos posedge primitive
    pull0 pull1 pulldown pullup pulsestyle_onevent pulsestyle_ondetect rcmos
    real realtime reg release repeat rnmos rpmos rtran rtranif0 rtranif1
    scalared showcancelled signed small specify specparam strong0 strong1
    supply0 supply1 table task time tran tranif0 tranif1 tri tri0 tri1 triand
    trior trireg unsigned use vectored wait wand weak0 weak1 while wire wor xnor
    xor"""
)
CPP = _words(  # those of C++ that C does not have
    """alignas alignof asm bool catch class constexpr const_cast decltype delete
    dynamic_cast explicit export false friend mutable namespace new noexcept
    nullptr operator private protected public reinterpret_cast static_assert
    static_cast template this thread_local throw true try typeid typename using
    virtual wchar_t"""
)
