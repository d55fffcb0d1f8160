"""The sources of formulas as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable

from actx.present.terminal import printable
from actx.registry import Entry

# Authors, title, where and year, and what follows: an arXiv number, a remark.
_SOURCE = re.compile(
    r"(?P<authors>[^,:]+ et al\.|[^:]+? & [^,]+|[A-Z][\w'-]+), (?:(?P<title>(?!\d{4}\b).+?), )?"
    r"(?P<where>[^,:\d]*?)\s*\b(?P<year>\d{4})\b(?P<rest>.*)", re.S,
)  # fmt: skip
_LABEL = re.compile(r"[\w\s]+: (?=[A-Z][\w'-]+(?: et al\.| &|,))")  # what is of that source
_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "#": r"\#",
    "_": r"\_", "$": r"\$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def bibtex(entries: Iterable[Entry]) -> str:
    """An entry for each source that formulas name, once; its key is the first formula's name.

    What is no paper with authors and a year is kept whole as the title.
    """
    found: dict[str, list[str]] = {}
    for entry in entries:
        for source in _sources(entry.source):
            found.setdefault(source, []).append(entry.name)
    texts: list[str] = []
    taken: set[str] = set()
    for source, names in found.items():
        key = names[0]
        while key in taken:
            key += "-b"
        taken.add(key)
        texts.append(_entry(key, source, names))
    return "\n\n".join(texts) + "\n"


def _sources(text: str) -> list[str]:
    """The sources that an entry names, one behind the other; a remark stays with the one before."""
    parts: list[str] = []
    for part in (each.strip() for each in text.split(";")):
        named = _LABEL.sub("", part)
        if parts and not _SOURCE.fullmatch(named):
            parts[-1] += f"; {part}"
        elif part:
            parts.append(named)
    return parts


def _entry(key: str, source: str, names: Iterable[str]) -> str:
    found = _SOURCE.fullmatch(source)
    fields = {"title": source}
    if found is not None:
        authors = found["authors"].replace(" et al.", " and others")
        fields = {
            "author": re.sub(r",\s+|\s+&\s+", " and ", authors),
            "title": found["title"],
            "year": found["year"],
            "howpublished": found["where"],
        }
        arxiv = _ARXIV.search(found["rest"])
        if arxiv:
            fields |= {"eprint": arxiv[1], "archiveprefix": "arXiv"}
            fields["title"] = fields["title"] or arxiv[0]
    fields["note"] = f"In actx: {', '.join(names)}"
    lines = [f"  {name} = {{{_escaped(value)}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{key},", *lines, "}"])


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(c, c) for c in printable(text))
