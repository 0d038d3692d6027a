"""Who hears whom on a shared medium, by a clock that is moved by hand."""

from oracle.transport.nats.presence import GONE_S, Presence


def presence():
    now = [100.0]
    return Presence(lambda: now[0]), now


def test_member__that_is_heard_and_hears_us__is_reached_until_it_falls_silent():
    found, now = presence()
    assert not found.is_mutual(1)
    found.note(1, hears_us=True)
    now[0] += GONE_S - 0.1
    assert found.is_mutual(1)
    assert found.heard(range(3)) == [1]
    now[0] += 0.2
    assert not found.is_mutual(1)
    assert found.heard(range(3)) == []


def test_member__that_does_not_hear_us__is_heard_and_not_reached():
    found, _ = presence()
    found.note(1, hears_us=True)
    found.note(1, hears_us=False)
    found.note(2, hears_us=False)
    assert found.heard(range(3)) == [1, 2]
    assert not found.is_mutual(1)
    found.note(1, hears_us=True)
    assert found.is_mutual(1)
    assert not found.is_mutual(2)


def test_words__that_do_not_come_back__are_missed_and_any_of_the_newest_counts():
    found, now = presence()
    found.note_word(b"first")
    found.note_word(b"second")
    now[0] += GONE_S - 0.1
    assert found.is_echoed
    assert not found.take_echo(b"another")
    assert found.take_echo(b"first")
    now[0] += GONE_S - 0.1
    assert found.is_echoed
    now[0] += 0.2
    assert not found.is_echoed
    found.clear()
    assert found.is_echoed
    assert not found.take_echo(b"first")
