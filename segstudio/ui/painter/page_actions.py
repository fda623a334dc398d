"""What can be done on the Label page besides taking a tool: texts, keys, and the order in the Edit menu."""

from segstudio.ui.actions import ActionSpec

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec("undo", "&Undo", "undo", ("Ctrl+Z",), "Take back the last step"),
    ActionSpec("redo", "Re&do", "redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do the step again"),
    ActionSpec("smaller", "S&maller brush", "", ("[",), "Make the brush smaller (or Shift and the wheel)"),
    ActionSpec("larger", "Larger &brush", "", ("]",), "Make the brush larger (or Shift and the wheel)"),
    ActionSpec("swap", "S&wap with background", "", ("X",), "Paint background, or again the class from before"),
    ActionSpec("last_tool", "&Last tool", "", ("Q",), "Go back to the tool from before"),
    ActionSpec("overlay", "Show the &mask", "overlay", ("T",), "Show the mask over the picture", checkable=True),
    ActionSpec("fit", "&Fit", "fit", ("F",), "Show the whole picture"),
    ActionSpec("zoom_in", "Zoom &in", "zoom-in", ("+", "="), "Enlarge (or turn the wheel)"),
    ActionSpec("zoom_out", "Zoom &out", "zoom-out", ("-",), "Show more (or turn the wheel)"),
    ActionSpec("previous", "&Previous picture", "previous", ("A",), "Go to the picture before"),
    ActionSpec("next", "&Next picture", "next", ("D",), "Go to the picture after"),
    ActionSpec("invert_selection", "&Invert selection", "", ("Ctrl+I",), "Select what is not selected"),
    ActionSpec("select_all", "Select &all", "", ("Ctrl+A",), "Select the whole picture"),
    ActionSpec("deselect", "&Deselect", "", ("Ctrl+D",), "Select nothing (or Esc)"),
    ActionSpec("reselect", "&Reselect", "", ("Ctrl+Shift+D",), "Bring back the selection from before"),
    ActionSpec("copy_mask", "&Copy mask", "copy", ("Ctrl+C",), "Copy the mask, or the selected part of it"),
    ActionSpec("paste_mask", "&Paste mask", "", ("Ctrl+V",), "Paint what was copied, at the same place, as one step"),
    ActionSpec(
        "take_previous", "Mask of the pre&vious picture", "", ("Ctrl+Shift+V",), "Copy the mask of the picture before"
    ),
    ActionSpec("leave_canvas", "Leave the canvas", "", ("F6",), "Go on to the list of classes by keyboard"),
)

MENU = (
    "undo redo - copy_mask paste_mask take_previous - select_all invert_selection deselect reselect - "
    "smaller larger swap last_tool - overlay fit zoom_in zoom_out - previous next"
)
"""Names of actions in their order; a dash is a separator."""
