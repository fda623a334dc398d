"""The painter's tools as a table: what the strip, the menu and the keys know of each."""

from collections.abc import Callable
from dataclasses import dataclass

from segstudio.painting import shapes
from segstudio.ui.canvas.tool import CanvasTool
from segstudio.ui.painter.assist_tools import GrabCutTool, WatershedTool
from segstudio.ui.painter.brush_tools import BrushTool, EncircleTool
from segstudio.ui.painter.context import ToolContext
from segstudio.ui.painter.edge_tools import EdgeBrushTool, SuperpixelTool
from segstudio.ui.painter.fill_tools import FillTool, WandTool
from segstudio.ui.painter.shape_tools import BoxTool, LassoTool, PolygonTool


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool.

    Attributes:
        name: a fixed word, also the icon's name.
        text: in menus, with ``&`` before the access key.
        key: of the keyboard.
        tip: what it does, a short sentence.
        make: makes it.
        options: which controls of the options bar concern it: ``size``, ``tolerance``, ``contiguous``, ``selects``.
    """

    name: str
    text: str
    key: str
    tip: str
    make: Callable[[ToolContext], CanvasTool]
    options: frozenset[str] = frozenset()


_SIZE = frozenset({"size"})
_SHAPE = frozenset({"selects"})

TOOLS: tuple[ToolSpec, ...] = (
    ToolSpec("brush", "&Brush", "B", "Paint the chosen class; Ctrl erases, Shift goes straight", BrushTool, _SIZE),
    ToolSpec(
        "eraser",
        "&Eraser",
        "E",
        "Paint the class that a new mask begins with",
        lambda context: BrushTool(context, erases=True),
        _SIZE,
    ),
    ToolSpec("encircle", "En&circle", "C", "Draw around something: it is filled on release", EncircleTool, _SIZE),
    ToolSpec("polygon", "&Polygon", "P", "A point a click; Enter or a double click closes it", PolygonTool, _SHAPE),
    ToolSpec("lasso", "&Lasso", "L", "Draw around what is to be filled; Ctrl erases it", LassoTool, _SHAPE),
    ToolSpec(
        "rectangle",
        "&Rectangle",
        "R",
        "Drag from corner to corner; Shift makes a square",
        lambda context: BoxTool(context, shapes.rectangle, is_round=False),
        _SHAPE,
    ),
    ToolSpec(
        "ellipse",
        "Ell&ipse",
        "O",
        "Drag from corner to corner; Shift makes a circle",
        lambda context: BoxTool(context, shapes.ellipse, is_round=True),
        _SHAPE,
    ),
    ToolSpec("fill", "&Fill", "G", "Give a painted area another class", FillTool, frozenset({"contiguous", "selects"})),
    ToolSpec(
        "wand",
        "Magic &wand",
        "W",
        "Take pixels of like colour; drag sideways to take more or fewer",
        WandTool,
        frozenset({"contiguous", "selects", "tolerance"}),
    ),
    ToolSpec(
        "smart-brush",
        "S&mart brush",
        "M",
        "A brush that stops at edges: it paints what is like where the stroke began",
        EdgeBrushTool,
        frozenset({"size", "tolerance"}),
    ),
    ToolSpec(
        "superpixels",
        "S&uperpixel brush",
        "U",
        "A brush that takes whole patches of like colour",
        SuperpixelTool,
        _SIZE,
    ),
    ToolSpec(
        "grabcut",
        "Cut &out",
        "K",
        "Drag a box around an object; strokes add to it, with Ctrl take away; Enter paints it",
        GrabCutTool,
        _SIZE,
    ),
    ToolSpec(
        "watershed",
        "S&hare out",
        "H",
        "Scribble into each area with its class; Enter paints what is between, along the edges",
        WatershedTool,
        _SIZE,
    ),
)
