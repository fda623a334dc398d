"""Regions of several classes become one proposal, which a document takes as it is."""

import numpy as np

from segstudio.painting.assist.proposal import Proposal
from segstudio.painting.boxes import Box
from segstudio.painting.document import MaskDocument
from segstudio.painting.locks import Gate, Locks
from segstudio.painting.regions import Region


def test_regions_join_with_ids_above_255_and_the_later_one_on_top():
    first = Region.of(np.ones((2, 4), dtype=bool), left=1, top=1)
    later = Region.of(np.ones((2, 2), dtype=bool), left=4, top=2)
    proposal = Proposal.of({300: first, 7: later})
    assert proposal.region.box == Box(1, 1, 6, 4)
    assert proposal.ids.dtype == np.uint16
    np.testing.assert_array_equal(
        np.where(proposal.region.inside, proposal.ids, 0),
        [[300, 300, 300, 300, 0], [300, 300, 300, 7, 7], [0, 0, 0, 7, 7]],
    )


def test_no_region_is_no_proposal():
    assert Proposal.of({}).region.empty
    assert Proposal.of({3: Region.nowhere()}).region.empty


def test_a_document_applies_a_proposal_in_one_step_and_keeps_what_is_locked():
    document = MaskDocument(np.zeros((3, 3), dtype=np.uint16), key="a")
    document.apply(Region.of(np.eye(3, dtype=bool)), 5)
    document.gate = Gate(Locks(protected=frozenset({5})))
    proposal = Proposal.of({300: Region.of(np.ones((3, 3), dtype=bool))})
    document.apply(proposal.region, proposal.ids)
    np.testing.assert_array_equal(document.mask, np.where(np.eye(3), 5, 300))
    document.undo()
    np.testing.assert_array_equal(document.mask, 5 * np.eye(3))
