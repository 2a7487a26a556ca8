import pytest

from jobs.music import styles
from jobs.music.composing.compose import compose
from jobs.music.composing.drums import pick_groove
from jobs.music.composing.fusion import COMPING, fused
from jobs.music.composing.plan import make_plan
from jobs.music.styles.pattern import steps
from jobs.music.styles.reader import DRUM_KEYS
from tests.music.briefs import brief
from tests.sweeps import sampled


def part(style_id, roles):
    return next(part for part in styles.get(style_id).parts if part.role in roles)


@pytest.mark.parametrize(("head", "other"), [("pop", "reggae"), ("jazz", "bossa"), ("rock", "house"), ("pop", "samba")])
def test_a_fused_piece_has_the_drum_pattern_of_the_other(head, other):
    order = brief(head, fusion=other, duration=80.0)
    plan = make_plan(order, styles.get(head), 3)
    score = compose(order, 3)
    kit = next(part for part in score.parts if part.role == "drums")
    assert kit.instrument in part(other, ("drums",)).instruments
    span = [span for span in plan.form.spans if span.kind == plan.style.core][1]  # in the first, players still enter
    groove = pick_groove(plan, span.energy, span.kind)
    assert groove in styles.get(other).grooves
    assert groove not in styles.get(head).grooves
    for lane, pattern in groove.lanes.items():
        bars = steps(pattern, groove.metre, order.metre)
        place = round(span.start / 4) if plan.style.phase else 0
        for bar in range(1, 3):
            for step in bars[(place + bar) % len(bars)]:
                if step.sign not in "Xx" or lane in ("hat", "ride", "bell", "open"):
                    continue
                at = span.start + 4 * bar + step.at
                heard = {note.pitch for note in kit.notes if abs(note.start - at) < 0.2}
                assert DRUM_KEYS[lane] in heard, (lane, at)


@pytest.mark.parametrize(
    ("head", "other"),
    [
        ("hiphop", "jazz"),
        ("trap", "bossa"),
        ("rock", "cinematic"),
        ("metal", "jazz"),
        ("rock", "gugak"),
        ("house", "tango"),
    ],
)
def test_where_the_first_needs_its_drums_it_has_an_accompanist_of_the_other(head, other):
    score, plain = compose(brief(head, fusion=other, duration=80.0), 3), compose(brief(head, duration=80.0), 3)
    guest = part(other, COMPING)
    named = next(part for part in score.parts if part.name.endswith(guest.name))
    assert named.instrument in guest.instruments
    assert len(named.notes) > 20
    drums = [next(part.notes for part in piece.parts if part.role == "drums") for piece in (score, plain)]
    assert {note.pitch for note in drums[0]} == {note.pitch for note in drums[1]}
    assert [section.name for section in score.sections] == [section.name for section in plain.sections]


def test_lo_fi_brings_its_crackle_and_ambient_its_room():
    assert fused(styles.get("rock"), styles.get("lofi"), "4/4").mix.vinyl == styles.get("lofi").mix.vinyl
    assert fused(styles.get("rock"), styles.get("ambient"), "4/4").mix.room == styles.get("ambient").mix.room


@pytest.mark.parametrize("style", sampled(styles.all_ids(), 6))
@pytest.mark.parametrize("guest", ["pop", "cinematic", "lofi", "house"])
def test_any_two_styles_make_a_piece(style, guest):
    for head, other in ((style, guest), (guest, style)):
        order = brief(head, fusion=other, duration=30.0)
        score = compose(order, 2)
        names = [part.name for part in score.parts]
        assert len(names) == len(set(names))
        assert score.duration == 30.0
        plan = make_plan(order, styles.get(head), 2)
        assert {part.role for part in styles.get(head).parts} - set(COMPING) <= {part.role for part in plan.style.parts}
