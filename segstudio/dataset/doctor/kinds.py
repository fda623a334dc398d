"""The kinds of problems, as people call them."""

KINDS: dict[str, str] = {
    "unreadable_folder": "Folders that cannot be listed",
    "unreadable_image": "Pictures that cannot be read",
    "unreadable_mask": "Masks that cannot be read",
    "duplicate_stem": "Pictures that would share a mask",
    "size_mismatch": "Masks of another size",
    "unrotated_mask": "Masks that lie on their side",
    "unknown_id": "Ids that no class has",
    "colour_mask": "Masks of colours, not ids",
    "palettes_differ": "Palettes that do not agree",
    "transparent_mask": "Masks with transparency",
    "lossy_mask": "Masks stored with loss",
    "soft_mask": "Masks with soft edges",
    "binary_mask": "Black-and-white masks",
    "interrupted_rewrite": "Changes that were broken off",
    "no_masks": "Nothing to learn from",
    "class_not_in_train": "Classes that train lacks",
    "duplicate_picture": "Pictures that are there twice",
    "near_duplicate": "Pictures alike across splits",
    "mask_without_image": "Masks without a picture",
    "mask_in_wrong_folder": "Masks in the wrong folder",
    "mask_named_otherwise": "Masks named almost right",
    "extra_mask": "Second masks of a picture",
    "case_clash": "Names that differ in case only",
    "unpainted_mask": "Masks without a painted pixel",
    "empty_mask": "Masks of background alone",
    "class_unused": "Classes that no mask holds",
    "class_not_in_split": "Classes that val or test lacks",
    "deep_mask": "16-bit masks without need",
    "unlabelled": "Pictures without a mask",
    "kept_copies": "Copies that were kept aside",
}
"""Each `Problem.kind` and its title, in the order in which they are shown: the worst first."""


def kind_title(kind: str) -> str:
    """Return what people call a kind; an unknown one by its own word."""
    return KINDS.get(kind, kind.replace("_", " ").capitalize())
