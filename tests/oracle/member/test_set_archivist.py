"""A member's archive: one search at a time, and none that holds up whoever asks from outside."""

import threading
from contextlib import closing

import pytest

from oracle.member.set_archivist import ArchiveBusy, SetArchivist
from oracle.protocol_store.input_store import InputStore
from oracle.protocol_store.sealing import seal_day
from oracle.protocol_store.set_archive import SetArchive
from pargrade.clock import midnight_of
from tests.support.committee_rounds import STORED
from tests.support.input_set_peer import FOUND
from tests.support.nodes import until

pytestmark = pytest.mark.full


@pytest.fixture
def archivist(tmp_path):
    with closing(InputStore(tmp_path)) as store:
        store.keep_committee(STORED)
        store.keep(FOUND)
        rounds = [(FOUND.slot, FOUND.root)]
        seal_day(store, SetArchive(tmp_path), midnight_of(FOUND.slot), rounds)
    return SetArchivist(tmp_path, lambda _: STORED)


def test_archive__while_it_is_searched__refuses_another_search_at_once_and_has_the_set_then(
    archivist,
):
    name = next(iter(FOUND.sections))
    search = threading.Thread(target=archivist.input_set, args=(FOUND.root, FOUND.slot))
    search.start()
    until(archivist._looking.locked, "a search", 60)
    with pytest.raises(ArchiveBusy):
        archivist.input_set_at_once(FOUND.root, FOUND.slot)
    assert archivist.input_set_at_once(bytes(32), FOUND.slot) is None
    assert archivist.section(name) is None
    assert search.is_alive()
    search.join(60)
    assert archivist.input_set_at_once(FOUND.root, FOUND.slot) == FOUND
    assert archivist.section(name) == FOUND.sections[name]


def test_archive__that_nobody_searches__finds_what_is_asked_for_from_outside(archivist):
    assert archivist.input_set_at_once(FOUND.root, FOUND.slot) == FOUND
