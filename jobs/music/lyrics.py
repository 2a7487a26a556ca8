"""Words that are sung: as they are kept, and the tags in brackets that say what each part of them is."""

from __future__ import annotations

import re

from jobs.music.text import composed, is_visible

MAX_LYRICS = 4096  # characters: what ACE-Step 1.5 says that it takes, and the most of any engine

# Korean words for parts of a song → the tags that models were taught, as ACE-Step's tutorial has them. Other tags stay.
TAGS = {
    "인트로": "Intro", "전주": "Intro", "도입": "Intro",
    "절": "Verse", "벌스": "Verse",
    "프리코러스": "Pre-Chorus", "프리 코러스": "Pre-Chorus",
    "후렴": "Chorus", "후렴구": "Chorus", "코러스": "Chorus",
    "브리지": "Bridge", "브릿지": "Bridge",
    "간주": "Interlude", "솔로": "Solo", "연주": "Instrumental",
    "훅": "Hook", "랩": "Rap", "빌드업": "Build", "드롭": "Drop", "브레이크다운": "Breakdown",
    "아웃트로": "Outro", "후주": "Outro", "페이드아웃": "Fade Out", "페이드 아웃": "Fade Out", "침묵": "Silence",
}  # fmt: skip

_TAG = re.compile(r"\[([^\[\]\n]+)\]")
_KOREAN_TAG = re.compile(rf"(\d*)\s*({'|'.join(sorted(TAGS, key=len, reverse=True))})\s*(\d*)")
_SCRIPTS = (  # the first that occurs says the language
    ("ko", re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")),
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
)


def kept_lyrics(text: str) -> str:
    """The lyrics as they are kept: composed, in lines that no blanks follow; "" of what shows nothing."""
    if not is_visible(text):
        return ""
    lines = composed(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def in_english_tags(lyrics: str) -> str:
    """The lyrics with Korean tags in English, ``[2절 - 속삭임]`` as ``[Verse 2 - 속삭임]``; all else as it is."""
    return _TAG.sub(lambda tag: f"[{_in_english(tag[1])}]", lyrics)


def _in_english(tag: str) -> str:
    part, dash, manner = tag.partition(" - ")
    korean = _KOREAN_TAG.fullmatch(part.strip())
    if not korean:
        return tag
    number = korean[1] or korean[3]
    return f"{TAGS[korean[2]]} {number}".strip() + dash + manner


def language_of(lyrics: str) -> str:
    """The language of the words that are sung, where their letters tell it: "ko", "ja" or "zh", else ""."""
    words = _TAG.sub("", lyrics)
    return next((language for language, letters in _SCRIPTS if letters.search(words)), "")
