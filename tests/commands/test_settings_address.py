"""The address is one unit: whatever is not said beside the host is not borrowed from elsewhere."""

import os
from pathlib import Path

import pytest

from maestro_tui.domain.config import Address, Secret, Tls
from maestro_tui.settings import describe, load
from tests.commands.configuring import SECRET, Workplace, shown, source


def test_without_any_configuration_the_platform_is_meant(place: Workplace) -> None:
    """The default has no password: that is never guessed."""
    config = place.load()
    assert config.address == Address("maestro-redis", 6379, 0)
    assert source(config, "host") == "default"


@pytest.mark.parametrize(
    ("flags", "environ", "dotenv", "toml", "address", "origin"),
    [
        (
            {"host": "f"},
            {"MAESTRO_URL": "redis://:m@m"},
            "REDIS_HOST=d",
            'host = "t"',
            Address("f"),
            "flag --host",
        ),
        ({}, {"MAESTRO_HOST": "m", "REDIS_HOST": "r"}, "REDIS_HOST=d", "", Address("m"), "MAESTRO_HOST"),
        ({}, {"MAESTRO_REDIS_HOST": "m"}, "", "", Address("m"), "MAESTRO_REDIS_HOST"),
        ({}, {"REDIS_HOST": "r"}, "MAESTRO_HOST=d", 'host = "t"', Address("r"), "REDIS_HOST"),
        ({}, {"REDIS_URL": "redis://r:7/3"}, "", "", Address("r", 7, 3), "REDIS_URL"),
        ({}, {}, "MAESTRO_HOST=m\nREDIS_HOST=r", 'host = "t"', Address("m"), ".env MAESTRO_HOST"),
        ({}, {}, "REDIS_HOST=r\nREDIS_PORT=7", 'host = "t"', Address("r", 7), ".env REDIS_HOST"),
        ({}, {}, "", 'host = "t"\ndb = 4', Address("t", db=4), "{toml}"),
        (
            {"profile": "p"},
            {},
            "",
            'host = "t"\n[profile.p]\nhost = "p"',
            Address("p"),
            "{toml} [profile.p]",
        ),
        ({"profile": "p"}, {}, "", 'host = "t"\n[profile.p]\nascii = true', Address("t"), "{toml}"),
        ({"socket": "/s"}, {"REDIS_HOST": "r"}, "", "", Address(socket="/s"), "flag --socket"),
    ],
)
def test_the_strongest_source_that_names_a_place_gives_all_of_it(
    place: Workplace,
    flags: dict[str, object],
    environ: dict[str, str],
    dotenv: str,
    toml: str,
    address: Address,
    origin: str,
) -> None:
    """Flags, then MAESTRO_*, REDIS_*, .env, the profile, the top level; and it is said which it was."""
    place.file(".env", dotenv)
    path = place.config(toml)
    config = place.load(flags, **environ)
    assert config.address == address
    assert source(config, "socket" if address.socket else "host") == origin.format(toml=path)


@pytest.mark.parametrize(
    ("flags", "environ", "dotenv", "toml"),
    [
        ({"host": "h"}, {"MAESTRO_PASSWORD": SECRET}, "", ""),
        ({"host": "h"}, {"REDIS_HOST": "r", "REDIS_PASSWORD": SECRET, "REDIS_USERNAME": "u"}, "", ""),
        ({"url": "redis://h"}, {"REDIS_URL": f"redis://u:{SECRET}@r:7/1"}, "", ""),
        ({}, {"MAESTRO_HOST": "h", "REDIS_PASSWORD": SECRET, "REDIS_DB": "7"}, "", ""),
        ({}, {"REDIS_HOST": "h"}, f"REDIS_PASSWORD={SECRET}", ""),
        ({}, {"REDIS_PASSWORD": SECRET}, "", 'host = "h"'),
        ({}, {"REDIS_HOST": "h"}, "", f'password = "{SECRET}"\ndb = 3'),
        ({"profile": "p"}, {}, "", f'host="t"\nuser="u"\npassword="{SECRET}"\n[profile.p]\nhost="h"'),
        ({"host": "h"}, {"MAESTRO_PASSWORD_FILE": "secret"}, "", ""),
        ({}, {"MAESTRO_PASSWORD_FILE": "secret"}, "", 'host = "h"'),
        ({"profile": "p"}, {}, "", 'password_file="../../../work/secret"\n[profile.p]\nhost="h"'),
    ],
)
def test_a_host_never_gets_a_password_given_elsewhere(
    place: Workplace, flags: dict[str, object], environ: dict[str, str], dotenv: str, toml: str
) -> None:
    """A password sent to the wrong server is a leak."""
    place.file("secret", SECRET)
    place.file(".env", dotenv)
    place.config(toml)
    assert place.load(flags, **environ).address == Address("h")


def test_an_unused_password_is_mentioned(place: Workplace) -> None:
    """Else the operator would search long for why the server asks for a password."""
    config = place.load({"host": "h"}, REDIS_PASSWORD=SECRET)
    expected = "none (REDIS_PASSWORD is not used: the address comes from flag --host)"
    assert source(config, "password") == expected
    assert shown(config, "password") == "-"


def test_a_family_fills_in_what_its_url_leaves_open(place: Workplace) -> None:
    """Services often have the password apart from the URL."""
    config = place.load(REDIS_URL="redis://r/2", REDIS_PASSWORD=SECRET, REDIS_PORT="7")
    assert config.address == Address("r", 7, 2, password=Secret(SECRET))
    assert (source(config, "db"), source(config, "port")) == ("REDIS_URL", "REDIS_PORT")


def test_a_password_alone_is_for_the_default_address(place: Workplace) -> None:
    """The platform's services set REDIS_PASSWORD and leave the rest at its default."""
    config = place.load(REDIS_PASSWORD=SECRET, REDIS_DB="1")
    assert config.address == Address(db=1, password=Secret(SECRET))
    assert source(config, "password") == "REDIS_PASSWORD"
    assert source(config, "host") == "default"


def test_kubernetes_service_links_are_no_ports(place: Workplace) -> None:
    """A pod beside a service called `redis` or `maestro-redis` has these variables."""
    link = "tcp://10.0.0.1:6379"
    config = place.load(REDIS_HOST="r", REDIS_PORT=link, MAESTRO_REDIS_PORT=link, MAESTRO_REDIS_SERVICE_HOST="10.0.0.1")
    assert config.address == Address("r")


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "MAESTRO_REDIS_PASSWORD_FILE"),
        ({"REDIS_HOST": "maestro-redis"}, "MAESTRO_REDIS_PASSWORD_FILE"),
        ({"REDIS_HOST": "maestro-redis", "REDIS_PASSWORD": "old"}, "MAESTRO_PASSWORD_FILE"),
        ({"MAESTRO_HOST": "maestro-redis"}, "MAESTRO_PASSWORD_FILE"),
    ],
)
def test_a_password_file_of_the_environment_is_for_its_address(
    place: Workplace, environ: dict[str, str], name: str
) -> None:
    """Docker mounts the secret; the host is the default or stands beside it."""
    place.file("secret", SECRET + "\n")
    config = place.load(**environ, **{name: "secret"})
    assert config.address == Address(password=Secret(SECRET))
    assert source(config, "password") == name
    assert shown(config, "password") == "***"


def test_a_password_flag_is_for_whatever_address_is_effective(place: Workplace) -> None:
    """The operator says it now."""
    path = place.file("secret", SECRET)
    config = place.load({"password_file": str(path), "db": "3"}, MAESTRO_URL="redis://me:old@m/1")
    assert config.address == Address("m", db=3, user="me", password=Secret(SECRET))
    assert source(config, "password") == "flag --password-file"
    assert source(config, "host") == "MAESTRO_URL"


@pytest.mark.parametrize(
    ("written", "password"),
    [("pw", "pw"), ("pw\n", "pw"), ("pw\r\n", "pw"), (" p w ", " p w "), ("pé\n", "pé")],
)
def test_one_newline_of_a_password_file_is_dropped(place: Workplace, written: str, password: str) -> None:
    """Editors add it; nothing else is touched."""
    (place.cwd / "secret").write_bytes(written.encode())
    assert place.load({"password_file": "secret"}).address.password == Secret(password)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (SECRET.encode() + b"\n\n", "more than one line"),
        (SECRET.encode() + b"\0", "more than one line"),
        (SECRET.encode() + b"\xff", "not UTF-8"),
        (SECRET.encode() * 400, "larger than 4 KiB"),
        (None, "cannot be read (no such file or directory)"),
    ],
)
def test_a_bad_password_file_is_refused(place: Workplace, content: bytes | None, said: str) -> None:
    """The line names the file, never what is in it."""
    path = place.cwd / "secret"
    if content is not None:
        path.write_bytes(content)
    sentence = place.refusal({"password_file": "secret"})
    assert sentence.startswith(f"{path}: ")
    assert said in sentence


def test_a_password_file_that_is_a_directory_is_refused(place: Workplace) -> None:
    """Kubernetes mounts secrets as directories."""
    assert "is a directory" in place.refusal(MAESTRO_REDIS_PASSWORD_FILE=str(place.home))


def test_a_password_file_may_be_a_pipe(place: Workplace) -> None:
    """`--password-file <(vault ...)` never touches a disk."""
    reading, writing = os.pipe()
    os.write(writing, SECRET.encode() + b"\n")
    os.close(writing)
    config = place.load({"password_file": f"/dev/fd/{reading}"})
    os.close(reading)
    assert config.address.password == Secret(SECRET)


def test_the_prompt_is_asked_last_and_names_the_address(place: Workplace) -> None:
    """Nobody wants to type a password in order to learn of a typo in a file."""
    asked: list[str] = []

    def answer(text: str) -> str:
        asked.append(text)
        return SECRET

    environ = {"HOME": str(place.home), "REDIS_HOST": "r", "REDIS_USERNAME": "me"}
    config = load({"ask_password": True}, environ, cwd=place.cwd, prompt=answer)
    assert asked == ["Password for r:6379/0"]
    assert config.address == Address("r", user="me", password=Secret(SECRET))
    assert source(config, "password") == "flag --ask-password"


@pytest.mark.parametrize(
    ("flags", "environ", "toml", "said"),
    [
        ({"url": ""}, {}, "", "--url: is empty"),
        ({"host": ""}, {}, "", "--host: is empty"),
        ({"host": "h", "port": "x"}, {}, "", "--port: 'x' is not a whole number"),
        ({"host": "h", "port": "0"}, {}, "", "--port: '0' is too small (at least 1)"),
        ({"host": "h", "port": "70000"}, {}, "", "--port: '70000' is too large (at most 65535)"),
        ({"host": "h", "db": "-1"}, {}, "", "--db: '-1' is too small (at least 0)"),
        ({"host": "h", "socket": "/s"}, {}, "", "--socket: a socket has neither host nor port"),
        ({"socket": "/s", "tls": True}, {}, "", "--socket: a socket does not speak TLS"),
        ({"url": "redis://h", "host": "i"}, {}, "", "--url and --host disagree: give one of them"),
        ({"url": "redis://h/1", "db": "2"}, {}, "", "--url and --db disagree: give one of them"),
        ({"url": "redis://h", "tls": True}, {}, "", "--url and --tls disagree: give one of them"),
        ({"url": "redis://h", "socket": "/s"}, {}, "", "--url and --socket disagree: give one of them"),
        ({"url": "unix:///s", "port": "1"}, {}, "", "--url and --port disagree: give one of them"),
        ({"url": "redis://h", "tls_key": "k"}, {}, "", "--tls-key: needs TLS, and TLS is off"),
        ({"host": "h", "tls_key": "k"}, {}, "", "--tls-key: needs a certificate as well"),
        ({"host": "h", "tls_ca": "no.pem"}, {}, "", "--tls-ca: "),
        ({"url": "rediss://h?ssl_ca_certs=no.pem"}, {}, "", "--url: no.pem: there is no such file"),
        ({"url": f"redis://{SECRET}@h"}, {}, "", "--url: a user needs a password"),
        ({"host": "h", "user": "me"}, {}, "", "--user: a user needs a password"),
        ({"user": "me"}, {"REDIS_URL": f"redis://:{SECRET}@r"}, "", "--user: needs --password-file or"),
        ({"port": "7"}, {"REDIS_HOST": "r"}, "", "--port: needs --host"),
        ({"ask_password": True}, {}, "", "--ask-password: there is no terminal to ask on"),
        ({"ask_password": True, "password_file": "f"}, {}, "", "--password-file and --ask-password: give"),
        (
            {"ask_password": True, "url": f"redis://:{SECRET}@h"},
            {},
            "",
            "--ask-password: --url already holds a password",
        ),
        ({}, {"MAESTRO_PORT": "x"}, "", "MAESTRO_PORT: 'x' is not a whole number"),
        ({}, {"REDIS_PORT": "x"}, "", "REDIS_PORT: 'x' is not a whole number"),
        ({}, {"MAESTRO_TLS": "perhaps"}, "", "MAESTRO_TLS: 'perhaps' is neither true nor false"),
        ({}, {"REDIS_URL": "redis://a", "REDIS_HOST": "b"}, "", "REDIS_URL and REDIS_HOST disagree"),
        ({}, {"MAESTRO_HOST": "a", "MAESTRO_REDIS_HOST": "b"}, "", "MAESTRO_REDIS_HOST differ: give one"),
        (
            {},
            {"MAESTRO_PASSWORD": SECRET, "MAESTRO_PASSWORD_FILE": "f"},
            "",
            "MAESTRO_PASSWORD and MAESTRO_PASSWORD_FILE: give one of them",
        ),
        ({}, {"MAESTRO_DB": "2", "REDIS_HOST": "r"}, "", "MAESTRO_DB: has no host beside it"),
        ({}, {"MAESTRO_DB": "2"}, 'host = "t"', "MAESTRO_DB: has no host beside it"),
        ({}, {}, f"password = {len(SECRET)}", "{toml}: password: is not text (put it in quotes)"),
        ({}, {}, "port = true", "{toml}: port: is not a number"),
        ({}, {}, 'port = "x"', "{toml}: port: 'x' is not a whole number"),
        ({}, {}, "host = 5", "{toml}: host: is not text (put it in quotes)"),
        ({}, {}, f'url = ["redis://:{SECRET}@h"]', "{toml}: url: is not text (put it in quotes)"),
        ({}, {}, f'user = {{ x = "{SECRET}" }}', "{toml}: user: is not text (put it in quotes)"),
        ({"profile": "p"}, {}, 'host = "t"\n[profile.p]\ndb = 2', "{toml} [profile.p]: db: has no host"),
    ],
)
def test_a_bad_address_is_refused_in_one_line(
    place: Workplace, flags: dict[str, object], environ: dict[str, str], toml: str, said: str
) -> None:
    """The line begins with the flag, the variable, or the file and key."""
    path = place.config(toml)
    place.file("k", "key")
    sentence = place.refusal(flags, **environ)
    assert said.format(toml=path) in sentence


def test_what_is_not_used_cannot_be_wrong(place: Workplace) -> None:
    """A broken REDIS_URL of the shell does not stop an operator who names the server."""
    config = place.load({"host": "h"}, REDIS_URL="nonsense", REDIS_PORT="x", MAESTRO_DB="y")
    assert config.address == Address("h")


def test_tls_options_make_a_tls_address(place: Workplace) -> None:
    """Certificates are checked unless said otherwise."""
    for name in ("ca.pem", "c.pem", "k.pem"):
        place.file(name, "made up")
    cwd = place.cwd
    flags = {"host": "h", "tls_ca": "ca.pem", "tls_cert": "c.pem", "tls_key": "k.pem"}
    assert place.load(flags).address.tls == Tls(str(cwd / "ca.pem"), str(cwd / "c.pem"), str(cwd / "k.pem"))
    assert place.load({"host": "h", "tls": True}).address.tls == Tls()
    insecure = place.load({"tls_insecure": True, "tls": True}, REDIS_URL="redis://r").address.tls
    assert insecure == Tls(verify=False, check_hostname=False)


@pytest.mark.parametrize("home", ["~/secret", "{home}/secret"])
def test_paths_may_begin_at_home(place: Workplace, home: str) -> None:
    """A TOML file is not expanded by a shell."""
    (place.home / "secret").write_text(SECRET)
    place.config(f'password_file = "{home.format(home=place.home)}"')
    assert place.load().address.password == Secret(SECRET)


def test_paths_in_a_file_are_relative_to_it(place: Workplace) -> None:
    """The configuration may be moved as a directory."""
    Path(place.config_path.parent / "secret").write_text(SECRET)
    place.config('[profile.p]\nhost = "h"\npassword_file = "secret"')
    assert place.load({"profile": "p"}).address == Address("h", password=Secret(SECRET))


def test_no_secret_is_in_anything_shown(place: Workplace) -> None:
    """Neither in the rows nor in the value itself."""
    config = place.load(REDIS_URL=f"redis://me:{SECRET}@r")
    assert SECRET not in repr(config)
    assert SECRET not in str(describe(config))
    assert shown(config, "password") == "***"
