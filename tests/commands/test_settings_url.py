"""Connection URLs: what is accepted means what it says, and what is refused repeats no secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_tui.settings.parts import Parts
from maestro_tui.settings.url import parse_url
from tests.commands.configuring import SECRET, Workplace

CA = "ssl_ca_certs=/ca.pem"


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("redis://h", Parts(host="h", tls=False)),
        ("redis://h/", Parts(host="h", tls=False)),
        ("REDIS://h:1/0", Parts(host="h", port=1, db=0, tls=False)),
        ("redis://h:65535/15", Parts(host="h", port=65535, db=15, tls=False)),
        ("valkey://h?db=3", Parts(host="h", db=3, tls=False)),
        ("redis://h/3?db=3", Parts(host="h", db=3, tls=False)),
        (" redis://h\n", Parts(host="h", tls=False)),
        ("redis://:pw@h", Parts(host="h", password="pw", tls=False)),
        ("redis://me:pw@h", Parts(host="h", user="me", password="pw", tls=False)),
        ("redis://m%40e:p%2F%3A%23%3f@h", Parts(host="h", user="m@e", password="p/:#?", tls=False)),
        ("redis://:p%C3%A9@h", Parts(host="h", password="pé", tls=False)),
        ("redis://:p:a@w@h", Parts(host="h", password="p:a@w", tls=False)),
        ("redis://[::1]:7/1", Parts(host="::1", port=7, db=1, tls=False)),
        ("redis://[fe80::1]", Parts(host="fe80::1", tls=False)),
        ("rediss://h", Parts(host="h", tls=True)),
        ("valkeys://h?" + CA, Parts(host="h", tls=True, tls_ca="/ca.pem")),
        (
            "rediss://h?ssl_certfile=c&ssl_keyfile=k",
            Parts(host="h", tls=True, tls_cert="c", tls_key="k"),
        ),
        ("rediss://h?ssl_cert_reqs=none", Parts(host="h", tls=True, tls_insecure=True)),
        ("rediss://h?ssl_cert_reqs=required", Parts(host="h", tls=True, tls_insecure=False)),
        ("rediss://h?ssl_check_hostname=False", Parts(host="h", tls=True, tls_no_hostname=True)),
        ("unix:///run/redis.sock", Parts(socket="/run/redis.sock")),
        ("unix://me:pw@/run/r%20s?db=2", Parts(socket="/run/r s", user="me", password="pw", db=2)),
    ],
)
def test_a_url_means_what_it_says(url: str, parts: Parts) -> None:
    """Each part ends up where it belongs."""
    assert parse_url(url) == parts


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"redis:{SECRET}@h:1", "the // is missing"),
        (SECRET, "the // is missing"),
        (f"{SECRET}", "is not a URL"),
        (f"http://:{SECRET}@h", "not a redis://, rediss:// or unix://"),
        (f"redis+sentinel://:{SECRET}@h", "not a redis://"),
        (f"{SECRET}://h", "not a redis://"),
        ("redis://", "names no host"),
        (f"redis://:{SECRET}@", "names no host"),
        ("redis://:6379", "names no host"),
        (f"redis://:{SECRET}@h:abc", "port is not a number from 1 to 65535"),
        (f"redis://user:{SECRET}", "port is not a number"),
        ("redis://h:", "port is not a number"),
        ("redis://h:0", "port is not a number"),
        ("redis://h:65536", "port is not a number"),
        ("redis://h:-1", "port is not a number"),
        ("redis://h:٣", "port is not a number"),
        (f"redis://:{SECRET}@h/abc", "path is not a database number"),
        ("redis://h/1/2", "path is not a database number"),
        ("redis://h/-1", "path is not a database number"),
        ("redis://h/99999999999", "path is not a database number"),
        ("redis://h?db=x", "'db' is not a database number"),
        ("redis://h/1?db=2", "one database in the path and another"),
        (f"redis://:{SECRET}@h#1", "%23"),
        (f"redis://:a#{SECRET}@h", "%23"),
        (f"redis://:a/{SECRET}@h", "%2F"),
        (f"redis://:a?{SECRET}@h", "%3F"),
        (f"redis://:{SECRET}%zz@h", "%25"),
        (f"redis://:{SECRET}%ff@h", "not UTF-8"),
        (f"redis://:{SECRET} x@h", "a space"),
        (f"redis://:{SECRET}@h\x1b[31m", "control character"),
        (f"redis://:{SECRET}@::1:6379", "in brackets"),
        (f"redis://:{SECRET}@[::1", "[::1]:6379"),
        ("redis://[h]:1", "[::1]:6379"),
        ("redis://h?bogus=1", "unknown option 'bogus'"),
        ("redis://h?decode_responses=False", "unknown option 'decode_responses'"),
        ("redis://h?socket_timeout=9", "unknown option 'socket_timeout'"),
        ("rediss://h?ssl_ca_cert=x", "did you mean 'ssl_ca_certs'"),
        (f"redis://h?{SECRET}%20=1", "unknown option that cannot be shown"),
        ("redis://h?db=1&db=1", "'db' twice"),
        ("redis://h?db=", "empty option 'db'"),
        ("redis://h?&", "unknown option"),
        ("redis://h?" + CA, "needs rediss://"),
        ("unix:///s?" + CA, "needs rediss://"),
        ("rediss://h?ssl_cert_reqs=optional", "neither required nor none"),
        ("rediss://h?ssl_check_hostname=maybe", "neither true nor false"),
        ("unix://run/redis.sock", "three slashes"),
        ("unix:///", "three slashes"),
        ("unix://", "three slashes"),
        (f"unix://a/{SECRET}@/run", "three slashes"),
    ],
)
def test_a_bad_url_is_refused_in_one_line(place: Workplace, url: str, said: str) -> None:
    """The line names the variable and what is wrong, and holds nothing of the user part."""
    sentence = place.refusal(MAESTRO_URL=url)
    assert sentence.startswith("MAESTRO_URL: ")
    assert said in sentence


@pytest.mark.parametrize("host", ["a b", "a,b", "h:6380", "a/b", "[::1", "x" * 254, "a\x00b", "fe80::1::2", "bad%41"])
def test_a_bad_host_is_refused(place: Workplace, host: str) -> None:
    """A host is a name or an address, without a port in it."""
    assert place.refusal({"host": host}).startswith("--host: is n")


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_ipv6_host_may_wear_its_brackets(place: Workplace, host: str) -> None:
    """Both spellings are common."""
    assert place.load({"host": host}).address.host == "::1"


PIECES = st.sampled_from(["redis://", "rediss://", "unix://", ":", "@", "/", "?", "#", "&", "=", "%", "[", "db"])


@given(st.lists(PIECES | st.just(SECRET) | st.text(max_size=3), max_size=12).map("".join))
def test_any_text_is_a_url_or_refused_without_repeating_a_password(url: str) -> None:
    """Whatever is pasted, the sentence holds nothing of what stands before an @."""
    sentence = ""
    try:
        parse_url(url)
    except ValueError as error:
        sentence = str(error)
    assert SECRET not in url.rpartition("@")[0] or SECRET not in sentence
