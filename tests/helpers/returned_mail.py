"""Delivery status notifications as Postfix writes them (RFC 3464)."""


def returned(address: str, message_id: str, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A report about one recipient of the letter with this Message-ID; without one, it does not bring the letter."""
    letter = f"Message-ID: {message_id}\nSubject: Hello\n" if message_id else "Subject: Hello\n"
    text = f"""From: MAILER-DAEMON@mail.test (Mail Delivery System)
To: office@mail.test
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F2A.1"

--4F2A.1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4F2A.1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.test

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 550 {status} User
    unknown

--4F2A.1
Content-Type: text/rfc822-headers

From: office@mail.test
{letter}
--4F2A.1--
"""
    return text.replace("\n", "\r\n").encode()
