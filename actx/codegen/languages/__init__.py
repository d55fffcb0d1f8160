"""The languages that formulas are exported to, one module each.

A module has `TYPES`, the number types that its code can be made for (empty: the code takes its
input's), `DEFAULT_TYPES`, `ENDING`, the usual ending of a file, `OPERATIONS`, its name for each
operation of the formula language, `FORMS`, what stands for those it lacks, `BINARY`, whether what
is written is no text, and `write`, which makes the code of a `Task` and tells what is known of it.
"""
