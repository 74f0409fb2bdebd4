"""The mails that the demo's mail catcher keeps: a Maildir, read only."""

import datetime as dt
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.parser import BytesParser
from pathlib import Path


@dataclass(frozen=True)
class File:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    key: str
    message: EmailMessage

    @property
    def sent_at(self) -> dt.datetime:
        sent: dt.datetime = self.message["date"].datetime
        # "-0000" is UTC, said by a sender who doesn't tell their own zone (RFC 5322, 3.3).
        return sent if sent.tzinfo else sent.replace(tzinfo=dt.UTC)

    @property
    def text(self) -> str:
        """The plain part: a mail's HTML is never shown within a page of the platform."""
        body = self.message.get_body(["plain"])
        return str(body.get_content()) if body else ""

    @property
    def files(self) -> list[File]:
        parts = enumerate(self.message.iter_attachments(), start=1)
        return [_file(part, name=part.get_filename() or str(number)) for number, part in parts]


def _file(part: Message, *, name: str) -> File:
    content = part.get_payload(decode=True)
    return File(name, part.get_content_type(), content if isinstance(content, bytes) else b"")


class Outbox:
    """A mail is read from its file when it is asked for."""

    def __init__(self, folder: Path) -> None:
        files = [path for state in ("new", "cur") for path in folder.glob(f"{state}/*")]
        newest_first = sorted(files, key=lambda path: path.stat().st_mtime_ns, reverse=True)
        self._files = {path.name: path for path in newest_first}

    @property
    def keys(self) -> list[str]:
        """The newest first."""
        return list(self._files)

    def read(self, key: str) -> Mail:
        """Raises KeyError for what isn't there."""
        parser = BytesParser(EmailMessage, policy=email.policy.default)
        return Mail(key, parser.parsebytes(self._files[key].read_bytes()))
