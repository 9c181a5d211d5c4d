"""URLs, keys, headers: what is taken, what is refused in one line, what is never shown."""

from __future__ import annotations

import pytest

from slashv1.errors import UsageError
from slashv1.harness.connection import (
    Connection,
    check_proxy,
    is_loopback,
    is_secret,
    normalise_base_url,
    parse_headers,
    parse_query,
    resolve_key,
    without_login,
)

THIRD = "https://third.example/v1"
KEY = "sk-abcdefghijkl"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        (" http://localhost:8000/v1 ", "http://localhost:8000/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("https://host.example/defect/no-done/v1", "https://host.example/defect/no-done/v1"),
    ],
)
def test_a_base_url_is_kept_without_its_trailing_slash(given, kept):
    assert normalise_base_url(given) == kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://api.openai.com", "did you mean https://api.openai.com/v1?"),
        ("http://localhost:8000/", "did you mean http://localhost:8000/v1?"),
        ("https://x.example/v1/chat/completions", "did you mean https://x.example/v1?"),
        ("https://x.example/api", "did you mean https://x.example/api/v1?"),
        ("localhost:8000", "did you mean http://localhost:8000/v1?"),
        ("api.openai.com/v1", "did you mean https://api.openai.com/v1?"),
        ("ftp://x.example/v1", "no http or https URL"),
        ("", "such as https://api.example.com/v1"),
        ("http:///v1", "no http or https URL"),
        ("http://x:99999/v1", "no URL"),
        ("http://[::1/v1", "no URL"),
        ("http://x.example/v1?api-version=1", "use --query"),
        ("http://x.example/v1\x1b[31m", "no URL"),
        ("http://user:hunter2@x.example/v1", "use --api-key or --header"),
    ],
)
def test_a_wrong_base_url_is_one_line_that_says_how_to_mend(given, said):
    with pytest.raises(UsageError) as error:
        normalise_base_url(given)
    line = str(error.value)
    assert said in line
    assert line.isprintable()
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("api.localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_else(host, expected):
    assert is_loopback(host) is expected


def test_the_key_given_wins_over_the_variable_named_and_that_over_ours():
    environ = {"SLASHV1_API_KEY": "sk-ours", "MINE": "sk-mine", "OPENAI_API_KEY": "sk-theirs"}
    given = {"api_key": "sk-given", "api_key_env": "MINE"}
    assert resolve_key(THIRD, **given, environ=environ) == ("sk-given", ())
    assert resolve_key(THIRD, api_key_env="MINE", environ=environ) == ("sk-mine", ())
    assert resolve_key(THIRD, environ=environ) == ("sk-ours", ())


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.openai.com/v1",
        "http://127.0.0.1:8000/v1",
        "http://localhost/v1",
        "https://mine.example/v1",
    ],
)
def test_the_openai_key_goes_to_openai_loopback_and_the_host_of_openai_base_url(base_url):
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://mine.example/openai/v1"}
    assert resolve_key(base_url, environ=environ) == (KEY, ())


@pytest.mark.parametrize(
    "base_url", [THIRD, "https://api.openai.com.evil.example/v1", "https://evil.example/api.openai.com/v1"]
)
def test_the_openai_key_goes_to_no_third_party_and_one_line_says_so(base_url):
    key, notes = resolve_key(base_url, environ={"OPENAI_API_KEY": KEY})
    assert key is None
    assert len(notes) == 1
    assert "OPENAI_API_KEY is set but was not used" in notes[0]
    assert KEY not in notes[0]


def test_no_key_anywhere_is_no_key():
    assert resolve_key(THIRD, environ={"SLASHV1_API_KEY": " "}) == (None, ())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"api_key": ""}, "--api-key: the key is empty"),
        ({"api_key": "sk-a\nb"}, "--api-key: the key holds a character"),
        ({"api_key": "sk-ä"}, "--api-key: the key holds a character"),
        ({"api_key_env": "NOWHERE"}, "--api-key-env NOWHERE: that variable is not set"),
    ],
)
def test_an_unusable_key_is_told_without_showing_it(given, said):
    with pytest.raises(UsageError) as error:
        resolve_key(THIRD, **given, environ={})
    assert said in str(error.value)
    assert "sk-" not in str(error.value)


def test_a_key_read_with_a_line_end_is_trimmed():
    assert resolve_key(THIRD, api_key="sk-abc\n", environ={}) == ("sk-abc", ())


def test_headers_and_query_parameters_are_read():
    assert parse_headers(["X-Team: a:b", "Authorization:Bearer x"]) == (
        ("X-Team", "a:b"),
        ("Authorization", "Bearer x"),
    )
    assert parse_query(["api-version=2024=x", "flag="]) == (("api-version", "2024=x"), ("flag", ""))


@pytest.mark.parametrize(
    "text", ["no-colon-secret", ": secret", "a b: secret", "X: se\ncret", "X: secr\u00e9t", "Host: secret"]
)
def test_a_wrong_header_is_told_without_its_value(text):
    with pytest.raises(UsageError, match="--header") as error:
        parse_headers([text])
    assert "secret" not in str(error.value)


def test_a_wrong_query_parameter_is_told():
    with pytest.raises(UsageError, match="--query takes name=value"):
        parse_query(["=x"])


@pytest.mark.parametrize("proxy", ["ftp://x", "proxy.example:3128", "http://"])
def test_a_wrong_proxy_is_told(proxy):
    with pytest.raises(UsageError, match="--proxy takes a URL"):
        check_proxy(proxy)


def test_a_broken_proxy_does_not_show_its_password():
    for proxy in ("http://me:hid/den@proxy.example", "http://me:hidden\u2100@proxy.example"):
        with pytest.raises(UsageError, match="--proxy is no URL") as error:
            check_proxy(proxy)
        assert "hid" not in str(error.value)


def test_secrets_are_named_and_never_shown():
    connection = Connection(
        THIRD,
        KEY,
        headers=(
            ("X-Token", "own-secret"),
            ("Authorization", "Bearer bare-secret"),
            ("X-Other", "aB3dE6gH9jK2mN5pQ8sT"),
            ("X-Trace", "0123456789abcdef0123456789abcdef"),
            ("X-Model", "gpt-4o-mini-2024-07-18"),
        ),
        query=(("api_key", "query-secret"), ("api-version", "2024-10-21")),
        proxy="http://me:proxy-secret@proxy.example:1",
    )
    wanted = {KEY, "own-secret", "bare-secret", "query-secret", "proxy-secret", "aB3dE6gH9jK2mN5pQ8sT"}
    assert wanted <= set(connection.secrets)
    assert not {"2024-10-21", "gpt-4o-mini-2024-07-18"} & set(connection.secrets)
    assert not any(secret in repr(connection) for secret in wanted)


@pytest.mark.parametrize(
    "name",
    [
        "x-portkey-api-key",
        "apiKey",
        "X-APIKey",
        "x_api_key",
        "Ocp-Apim-Subscription-Key",
        "Helicone-Auth",
        "x-sessiontoken",
        "licensekey",
        "X-OAuth",
        "code",
        "sig",
    ],
)
def test_a_header_or_parameter_of_such_a_name_is_secret(name):
    assert is_secret(name, "openai")


@pytest.mark.parametrize(
    "name", ["x-portkey-provider", "HTTP-Referer", "x-design", "x-passthrough", "x-encoding", "authority"]
)
def test_a_name_that_only_holds_the_letters_of_a_secret_word_is_innocent(name):
    """Its value would be taken out of every answer, and be found there as a key that is repeated."""
    assert not is_secret(name, "openai")
    assert Connection(THIRD, KEY, headers=((name, "openai"),)).secrets == (KEY,)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://me:hidden@proxy.example:3128", "http://…@proxy.example:3128"),
        ("http://proxy.example:3128/@x", "http://proxy.example:3128/@x"),
    ],
)
def test_a_login_in_a_url_is_left_out(url, shown):
    assert without_login(url) == shown
