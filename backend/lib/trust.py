"""Which certificates are accepted, and in plain words why one is not."""

import ssl
from pathlib import Path

_REASONS = {
    9: "it is not valid yet; is this computer's clock right?",
    10: "it has expired",
    18: "it was made by the server itself, and nobody vouches for it",
    19: "this computer does not know who vouches for it",
    20: "this computer does not know who vouches for it",
    21: "this computer does not know who vouches for it",
    62: "it belongs to another name",
    64: "it belongs to another address",
}


def trust(ca_file: Path | None = None) -> ssl.SSLContext:
    """A context that checks certificate and host name, against the system's store or, if given, one file only."""
    if ca_file is not None:
        context = ssl.create_default_context(cafile=str(ca_file))
    else:
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def refusal(error: ssl.SSLCertVerificationError) -> str:
    """Why a certificate was not accepted, as the end of a sentence."""
    return _REASONS.get(error.verify_code, error.verify_message or "it could not be checked")
