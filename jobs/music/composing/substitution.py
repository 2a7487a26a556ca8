"""What can stand for a chord, beside it and between two, by mode: kindred chords, suspensions and moving voices, sways.

Major and minor borrow from one another; the other modes keep to their scale, which is what makes them heard.
"""

from __future__ import annotations

# Chords of the same function; the chord that makes a mode heard (IV in dorian, VII, II) has none, and the relative
# major is none for the tonic of minor or phrygian, which is soon forgotten beside it.
KINDRED: dict[str, dict[str, tuple[str, ...]]] = {
    "major": {
        "I": ("vi", "iii", "Imaj7"),
        "IV": ("ii", "vi", "iv"),
        "V": ("iii", "V7sus4", "bVII"),
        "vi": ("IV", "iii", "bVI"),
        "ii": ("IV", "iv", "II7"),
        "iii": ("V", "I", "vi"),
    },
    "minor": {
        "i": ("VI",),
        "iv": ("VI", "VII", "IV"),
        "V": ("VII", "V7", "v"),
        "VI": ("iv", "III", "bII"),
        "VII": ("V", "v", "III"),
        "III": ("VII", "v", "i"),
    },
    "dorian": {
        "i": ("III", "v"),
        "VII": ("IV", "v", "III"),
        "III": ("VII", "i"),
        "v": ("VII", "IV"),
        "V": ("v", "VII"),
        "ii": ("IV", "VII"),
    },
    "mixolydian": {
        "I": ("vi", "v"),
        "IV": ("ii", "vi"),
        "v": ("VII", "ii"),
        "V": ("v", "VII"),
        "vi": ("IV", "ii"),
        "ii": ("IV", "VII"),
    },
    "phrygian": {
        "i": ("VI",),
        "iv": ("VI", "II"),
        "VI": ("iv", "III"),
        "vii": ("II", "III"),
        "III": ("vii", "VI"),
    },
    "lydian": {
        "I": ("vi", "iii"),
        "V": ("iii", "II"),
        "vi": ("I", "iii"),
        "iii": ("V", "I"),
    },
}
# What a chord that fills its bar leans on in its first or second half: a fourth that resolves, the minor subdominant
# on its way home, a seventh or a sixth that moves an inner voice.
DECORATED: dict[str, dict[str, tuple[str, ...]]] = {
    "major": {
        "V": ("Vsus4,V", "V,V7"), "V7": ("V7sus4,V7", "ii7,V7"), "I": ("I,Imaj7", "Isus4,I", "I,I6"),
        "IV": ("IV,iv", "IV,IV6"), "vi": ("vi,vi7",), "ii": ("ii,ii7",), "iii": ("iii,iii7",), "Imaj7": ("Imaj7,I6",),
        "IVmaj7": ("IVmaj7,iv6",),
    },
    "minor": {
        "V": ("Vsus4,V", "V,V7"), "V7": ("V7sus4,V7", "iv,V7"), "i": ("i,i7", "isus4,i"), "iv": ("iv,iv7",),
        "v": ("v,v7",), "VII": ("VIIsus4,VII", "VII,VII6"), "VI": ("VI,VImaj7", "VI,VI6"), "III": ("III,IIImaj7",),
        "i7": ("i7,i6",),
    },
    "dorian": {
        "i": ("i,i7", "isus4,i", "i,i6"), "IV": ("IV,IV7", "IVsus4,IV"), "VII": ("VIIsus4,VII", "VII,VII6"),
        "v": ("v,v7",), "III": ("III,IIImaj7",), "ii": ("ii,ii7",), "i7": ("i7,i6",),
    },
    "mixolydian": {
        "I": ("Isus4,I", "I,I7", "I,I6"), "IV": ("IV,IVmaj7", "IV,IV6"), "VII": ("VII,VIImaj7", "VII,VII6"),
        "v": ("v,v7",), "vi": ("vi,vi7",), "ii": ("ii,ii7",),
    },
    "phrygian": {
        "i": ("i,i7", "isus4,i"), "II": ("II,IImaj7",), "iv": ("iv,iv7",), "VI": ("VI,VImaj7", "VI,VI6"),
        "vii": ("vii,vii7",), "III": ("III,III7",),
    },
    "lydian": {
        "I": ("I,Imaj7", "I,I6"), "II": ("II,II7",), "V": ("Vsus4,V", "V,V6"), "vi": ("vi,vi7",),
        "iii": ("iii,iii7",),
    },
}  # fmt: skip
# Between two chords, a fifth or a step before the second one.
BETWEEN = {
    "major": ("ii", "iii", "IV", "V", "vi", "I"),
    "minor": ("iv", "v", "VI", "VII", "III", "i"),
    "dorian": ("ii", "III", "IV", "v", "VII", "i"),
    "mixolydian": ("ii", "IV", "v", "vi", "VII", "I"),
    "phrygian": ("II", "III", "iv", "VI", "vii", "i"),
    "lydian": ("II", "iii", "V", "vi", "vii", "I"),
}
# Between a chord and itself.
SWAY = {
    "major": ("IV", "V"),
    "minor": ("iv", "VII"),
    "dorian": ("IV", "VII"),
    "mixolydian": ("IV", "VII"),
    "phrygian": ("II", "vii"),
    "lydian": ("II", "vi"),
}
