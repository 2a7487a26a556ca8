from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.accounts import tokens
from jobs.management.arguments import events, find_user, receiver, words
from jobs.models.webhook import EVENTS, UNASKED
from jobs.queue.webhooks import set_webhook


class Command(BaseCommand):
    help = "Says where the orders by a user's token are told that name no webhook, changes that, or removes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", type=words, metavar="USER", help="name of the user")
        parser.add_argument("--name", type=words, required=True, help="of the token")
        parser.add_argument("--ending", type=words, help="the token's last four signs, where several have that name")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--webhook", type=receiver, metavar="URL", help="is told from now on")
        which.add_argument("--remove", action="store_true", help="nobody is told any more")
        told = f"with --webhook, of {','.join(EVENTS)} (default: {','.join(UNASKED)})"
        parser.add_argument("--webhook-events", type=events, metavar="EVENTS", help=told)

    def handle(self, *args: Any, user: str, name: str, ending: str | None, **options: Any) -> None:
        if options["remove"] and options["webhook_events"]:
            raise CommandError("--webhook-events needs a --webhook that is told of them.")
        named = tokens.tokens_of(find_user(user)).filter(name=name.strip())
        found = list(named.filter(ending=ending) if ending else named)
        if not found:
            raise CommandError(f"{user!r} has no such token.")
        if len(found) > 1:
            endings = ", ".join(token.ending for token in found)
            raise CommandError(f"{user!r} has several tokens of that name; say --ending, of {endings}.")
        (token,) = found
        set_webhook(token, options["webhook"] or "", options["webhook_events"] or ())
        if token.webhook_url:
            self.stdout.write(f"{token.webhook_url} is told of its orders: {token.webhook_events}.")
        else:
            self.stdout.write("Nobody is told of its orders any more.")
