"""Three pictures, written to a folder.

python examples/pictures.py [FOLDER]      (the current one by default)
"""

import sys
from pathlib import Path

import actx

HERE = Path(__file__).parent


def draw(folder: Path) -> list[Path]:
    """Write the pictures; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    best = actx.fit("x*clip(x + c, 0, k)/k", target="mish").parameters
    c, k = round(best["c"], 3), round(best["k"], 3)
    own = actx.load_registry(HERE / "my-formulas.toml")
    thread, clips, halfway = (folder / name for name in ("thread.png", "clips.svg", "halfway.pdf"))
    # the stand-ins for mish that the forum thread proposes
    actx.plot("hard-mish", "linear-swish", "approx-mish", output=thread)
    # hard-mish, its variants, and the clip with the smallest largest error
    smallest = f"x*Relu{k}(x + {c})/{k}"
    actx.plot("hard-mish", "hard-mish-4", "hard-mish-3", smallest, output=clips, view=(-5, 4))
    # a formula of one's own, half way from mish to hard-mish
    actx.plot("mish-to-hard-mish", output=halfway, registry=own)
    return [thread, clips, halfway]


if __name__ == "__main__":
    for path in draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path()):
        print(path)
