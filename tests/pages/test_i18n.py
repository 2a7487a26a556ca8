"""The Korean catalogue is whole, compiled, and keeps to what was promised."""

import ast
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.test import Client

LOCALE = Path(settings.BASE_DIR) / "musicsite/locale/ko/LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]")
FUNCTIONS = {"gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "_"}
IN_CONTEXT = {"pgettext", "pgettext_lazy"}


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(LOCALE / "django.po"))


def test_every_message_has_a_korean_translation(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue.untranslated_entries() + catalogue.fuzzy_entries()] == []
    assert len(catalogue) > 300


def test_translations_keep_the_placeholders(catalogue: polib.POFile) -> None:
    for entry in catalogue:
        texts = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
        for text in texts:
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(entry.msgid)), entry.msgid


def test_the_compiled_catalogue_is_the_written_one(catalogue: polib.POFile) -> None:
    compiled = polib.mofile(str(LOCALE / "django.mo"))
    assert {(e.msgctxt, e.msgid, e.msgstr, str(e.msgstr_plural)) for e in compiled} == {
        (e.msgctxt, e.msgid, e.msgstr, str(e.msgstr_plural)) for e in catalogue
    }


def test_no_text_of_the_templates_is_missing(catalogue: polib.POFile) -> None:
    known = {entry.msgid for entry in catalogue}
    for path in Path(settings.BASE_DIR, "templates").rglob("*.*"):
        assert messages_of_template(path.read_text("utf-8")) <= known, path.name


def test_no_text_of_the_code_is_missing(catalogue: polib.POFile) -> None:
    known = {(entry.msgctxt, entry.msgid) for entry in catalogue}
    for package in ("jobs", "musicsite"):
        for path in Path(settings.BASE_DIR, package).rglob("*.py"):
            assert messages_of_code(path.read_text("utf-8")) <= known, path.name


def messages_of_template(text: str) -> set[str]:
    """What {% translate "…" %} and {% blocktranslate %} say; of a plural the singular, which names the entry."""
    found: set[str] = set()
    block: list[str] | None = None
    for token in Lexer(text).tokenize():
        if token.token_type == TokenType.BLOCK and token.contents.startswith("blocktranslate"):
            block = []
        elif token.token_type == TokenType.BLOCK and token.contents in ("plural", "endblocktranslate"):
            if block is not None:
                found.add("".join(block))
            block = None
        elif block is not None:
            variable = token.token_type == TokenType.VAR
            block.append(f"%({token.contents})s" if variable else token.contents)
        elif token.token_type == TokenType.BLOCK:
            literals = re.findall(r'^translate "((?:[^"\\]|\\.)*)"', token.contents)
            found |= {literal.replace("%", "%%") for literal in literals}  # as Django looks them up
    return found


def messages_of_code(text: str) -> set[tuple[str | None, str]]:
    """(context, message) of each call of a gettext function with a literal."""
    found: set[tuple[str | None, str]] = set()
    for call in ast.walk(ast.parse(text)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        literals = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if call.func.id in FUNCTIONS and literals:
            found.add((None, literals[0]))
        elif call.func.id in IN_CONTEXT and len(literals) == 2:
            found.add((literals[0], literals[1]))
    return found


@pytest.mark.parametrize(
    ("message", "korean"),
    [
        ("Making music…", "음악 생성 중…"),
        ("Music prompt", "음악 생성 프롬프트"),
        ("Create music", "생성 시작"),
        ("Creating in the background…", "백그라운드에서 생성 중…"),
        ("Something went wrong.", "오류가 발생했습니다."),
    ],
)
def test_the_originals_own_words_are_kept(catalogue: polib.POFile, message: str, korean: str) -> None:
    entry = catalogue.find(message)
    assert entry is not None
    assert entry.msgstr == korean


def test_sentences_are_polite_throughout(catalogue: polib.POFile) -> None:
    """One level of politeness: 합니다, with 하세요 and 해 주세요 for requests; no 해요, no plain form."""
    for entry in catalogue:
        for sentence in re.split(r"(?<=[.?])\s+", entry.msgstr):
            if re.search(r"[가-힣]\.$", sentence):
                assert re.search(r"(니다|세요|말)\.$", sentence), entry.msgstr


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepted", "language", "words"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko", "말로 쓰면 음악이 됩니다."),
        ("en-GB", "en", "Say it in words."),
        ("de", "en", "Say it in words."),
    ],
)
def test_the_browsers_language_decides(client: Client, accepted: str, language: str, words: str) -> None:
    response = client.get("/", headers={"Accept-Language": accepted})
    text = response.content.decode()
    assert f'<html lang="{language}">' in text
    assert words in text


@pytest.mark.django_db
def test_a_switch_overrides_it(client: Client) -> None:
    response = client.post("/i18n/setlang/", {"language": "ko", "next": "/accounts/login/"}, follow=True)
    assert response.redirect_chain == [("/accounts/login/", 302)]
    assert "로그인" in response.content.decode()
    assert "음악 생성 프롬프트" in client.get("/", headers={"Accept-Language": "en"}).content.decode()
