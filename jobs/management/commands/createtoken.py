from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.accounts import tokens
from jobs.management.arguments import events, find_user, receiver, words
from jobs.models.token import SCOPES
from jobs.models.webhook import EVENTS, UNASKED


def scopes(text: str) -> list[str]:
    """Scopes with commas between them; raise ArgumentTypeError for others."""
    named = [name.strip() for name in text.split(",") if name.strip()]
    if not named or set(named) - set(SCOPES):
        raise ArgumentTypeError(f"{text!r} is not some of {','.join(SCOPES)}")
    return named


def days(text: str) -> int:
    """A number of days; raise ArgumentTypeError for what is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= tokens.MOST_DAYS):
        raise ArgumentTypeError(f"{text!r} is no number from 1 to {tokens.MOST_DAYS}")
    return int(text)


class Command(BaseCommand):
    help = (
        "Makes a token by which programs call the API as that user: the last line is the token, the one before the"
        " secret of its webhooks, and neither can be shown again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", type=words, metavar="USER", help="name of the user")
        parser.add_argument("--name", type=words, required=True, help="what it is for, as its owner sees it")
        parser.add_argument("--scopes", type=scopes, default="read", help=f"of {','.join(SCOPES)} (default: read)")
        parser.add_argument("--days", type=days, help="for how long it is good (default: until it is revoked)")
        parser.add_argument("--webhook", type=receiver, metavar="URL", help="is told of orders that name no webhook")
        parser.add_argument(
            "--webhook-events", type=events, metavar="EVENTS",
            help=f"with --webhook, of {','.join(EVENTS)} (default: {','.join(UNASKED)})",
        )  # fmt: skip

    def handle(self, *args: Any, user: str, name: str, scopes: list[str], days: int | None, **options: Any) -> None:
        url, told = options["webhook"] or "", options["webhook_events"] or ()
        if told and not url:
            raise CommandError("--webhook-events needs a --webhook that is told of them.")
        owner = find_user(user)
        if not owner.is_active:
            raise CommandError(f"{user!r} is not active.")
        if not 1 <= len(name.strip()) <= 60:
            raise CommandError("A name has 1 to 60 characters.")
        try:
            made = tokens.make(owner, name.strip(), scopes, days, webhook_url=url, webhook_events=told)
        except tokens.TooManyTokens as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Token “{made.token}” of {owner}: {made.token.scopes}.")
        if url:
            self.stdout.write(f"{url} is told of its orders: {made.token.webhook_events}.")
        self.stdout.write(made.webhook_secret)
        self.stdout.write(made.text)
