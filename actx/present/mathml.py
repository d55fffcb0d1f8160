"""Formulas as MathML Core for pages, made from the LaTeX that `actx.codegen` writes.

https://www.w3.org/TR/mathml-core/
"""

from __future__ import annotations

import html
import re
from xml.etree.ElementTree import Element

from actx.codegen.languages.latex import to_latex
from actx.language.tree import Node

_WORD = re.compile(r"[a-z]\w+")


def to_mathml(tree: Node) -> Element:
    """The formula as a `math` element in display style; subtrees are written out each time.

    Elements have no namespace, as HTML wants it. MathML Core has no attribute that sets the cells
    of a table to the left: for those of cases a style sheet has to (`math .cases mtd`).
    """
    from latex2mathml.converter import convert_to_element

    math: Element = convert_to_element(to_latex(tree))
    math.attrib = {"displaystyle": "true"}
    for element in math.iter():
        element.text = element.text and html.unescape(element.text).replace(r"\_", "_")
        element.attrib.pop("columnalign", None)
        if element.tag == "mspace":  # a product
            element.tag, element.text = "mo", "\N{INVISIBLE TIMES}"
            element.attrib = {"lspace": "0.08em", "rspace": "0.08em"}
        elif element.tag == "mo" and _WORD.fullmatch(element.text or ""):
            element.tag = "mi"  # an operator would have wide spaces around it
        elif element.find("mtable") is not None:
            element.set("class", "cases")
    return math
