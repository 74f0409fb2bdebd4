"""A real mail server for tests: what Django sends over SMTP arrives here and can be read."""

import email.policy
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from socket import socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django.fixtures import Settings


class Mailbox:
    """What arrived, in order; ``refusal`` is an SMTP answer that refuses the next mails instead."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusal: str | None = None
        self.port = 0

    def to(self, address: str | None) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refusal:
            return self.refusal
        content = envelope.original_content or b""
        parser = BytesParser(EmailMessage, policy=email.policy.default)
        self.mails.append(parser.parsebytes(content))
        return "250 Message accepted"


def text_of(mail: EmailMessage) -> str:
    """The plain text that a person reads."""
    body = mail.get_body(["plain"])
    return str(body.get_content()) if body else ""


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """An SMTP server on a free port of this machine."""
    mailbox = Mailbox()
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        mailbox.port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    """The mail server that Django sends to in this test."""
    with mail_server() as mailbox:
        # pytest-django's own mailbox would swallow the mails.
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = mailbox.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield mailbox
