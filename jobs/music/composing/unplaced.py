"""What a person asked for and the form has no room for: sections that fell out, said before anything is made."""

from __future__ import annotations

from jobs.music.brief import Brief, Remark
from jobs.music.composing.compose import plans_of
from jobs.music.composing.sections import kind_in


def unplaced(brief: Brief) -> list[Remark]:
    """A remark for each kind of section that shall come somewhere and does not, the form being as it will be.

    Sections of an order that is too long, and times outside the piece, have remarks of their own. What the form has
    hangs on no seed.
    """
    outside = [remark.values["asked"] for remark in brief.remarks if remark.code == "place_outside"]
    wanted = dict.fromkeys(place.what for place in brief.places if place.is_section and place.where not in outside)
    if not wanted:
        return []
    kinds = {span.kind for span in plans_of(brief, 0)[0].form.spans}
    return [Remark("section_unplaced", {"asked": kind}) for kind in wanted if kind_in(kinds, kind) not in kinds]
