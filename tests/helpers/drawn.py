"""What can be read in a figure."""

import matplotlib


def ticks_of(axis):
    """Labels of an axis that lie within it: others exist and are not drawn."""
    low, high = sorted(axis.get_view_interval())
    labels = [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [label for label in labels if label.get_visible() and label.get_text().strip()]


def texts(figure):
    """Texts that are seen, and where."""
    axes = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    ticks = {label for axis in axes for t in (*axis.majorTicks, *axis.minorTicks) for label in (t.label1, t.label2)}
    found = [text for text in figure.findobj(matplotlib.text.Text) if text not in ticks]
    found += [label for axis in axes for label in ticks_of(axis)]
    renderer = figure.canvas.get_renderer()
    seen = [text for text in found if text.get_visible() and text.get_text().strip()]
    return {text: text.get_window_extent(renderer) for text in seen}
