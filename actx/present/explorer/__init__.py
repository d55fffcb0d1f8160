"""The page of `actx explore`: templates with sliders, drawn by its own script.

`numerics.js` finds errors, minima and kinks on samples, `plots.js` draws, `controls.js` joins them
with what a reader moves. The drawing is SVG of our own: it takes 110 lines, follows light and dark
by the style sheet, and needs nothing that the page's policy does not allow. bokeh, tried with the
same curves, made a page of 1.4 MB, broke the policy by its images, and took 5 to 100 ms for a move.
"""
