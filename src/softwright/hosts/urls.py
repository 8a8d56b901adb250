"""Addresses of repositories: no password may be in one, and none may reach a message."""

import re

_USERINFO = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*://)(?P<user>[^/@\s:'\"]*)(?P<secret>:[^/\s'\"]*)?@"
)
_SECRET_QUERY = re.compile(r"(?i)\b(access_token|private_token|token|password|api_key)=[^&\s'\"]+")
# Tokens are often given as the *user* ("https://ghp_…@host/"); such a user is long or has a known prefix.
_TOKEN_USER = re.compile(r"^(gh[a-z]_|github_pat_|glpat-|x-oauth|[A-Za-z0-9_\-.]{30,}$)")


def scrub(text: str) -> str:
    """`text` with every password and token of an address replaced by `***`."""

    def hide(match: re.Match[str]) -> str:
        user = "***" if _TOKEN_USER.match(match["user"]) else match["user"]
        secret = ":***" if match["secret"] else ""
        return f"{match['scheme']}{user}{secret}@"

    return _SECRET_QUERY.sub(r"\1=***", _USERINFO.sub(hide, text))


def has_password(url: str) -> bool:
    """True when the address carries a password or token: `scrub` would change it."""
    return scrub(url) != url
