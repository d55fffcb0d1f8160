"""Results as they show themselves, cell by cell.

python examples/notebook.py               (or open it in an editor that runs cells, or Jupyter)
"""

# %% Ask
import actx

found = actx.compare("hard-mish", "approx-mish", "swish", "mish")
print(found)  # in a notebook, `found` alone is its tables and its picture

# %% As rows: what a data frame is made of
for row in found.table():
    print(f"{row['name']:12} {row['max_error']:.6f} at x = {row['max_error_x']:.4f}")

# %% What was asked and what is proven stay with it
print(found.target, found.domain, found.proofs, found.rows[0].max_error.enclosure)

# %% As a picture: several results and formulas over each other
fit = actx.fit("x*sigmoid(a*x)", target="mish")
figure = actx.plot(found, fit)
print(len(figure.axes), "panels")

# %% In axes of your own
from matplotlib.figure import Figure  # noqa: E402

own = Figure(figsize=(8, 3))
left, right = own.subplots(1, 2)
found.plot(ax=left)
actx.morph("mish", "hard-mish").plot(ax=right)
print(left.get_legend().get_texts()[0].get_text(), "is drawn at the left")
