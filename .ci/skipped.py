"""The tests that a JUnit report of pytest calls skipped, one a line, as pytest takes them."""

import sys
from pathlib import Path
from xml.etree import ElementTree

for case in ElementTree.parse(sys.argv[1]).iter("testcase"):
    if case.find("skipped") is not None:
        place, test = case.get("classname", ""), case.get("name", "")
        # a module that is skipped as a whole is a test's name, and has no place
        names = [*place.split("."), test] if place else test.split(".")
        file = Path(names.pop(0))
        while not file.with_suffix(".py").is_file():
            file /= names.pop(0)
        print("::".join([f"{file}.py", *names]))
