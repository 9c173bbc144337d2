"""Where settings come from: precedence, `.env`, the TOML file, and typos in any of them."""

import os
from pathlib import Path

import pytest

from maestro_tui.settings import SettingsError, load_for_demo
from tests.commands.configuring import SECRET, Workplace, source


def test_each_source_beats_those_below_it(place: Workplace) -> None:
    """Flags, variables, `.env`, profile, top level, default: taken away one after another."""
    path = place.config('theme = "top"\n[profile.p]\ntheme = "profile"')
    dotenv = place.file(".env", "MAESTRO_THEME=dotenv\n")
    flags = {"theme": "flag", "profile": "p"}
    expected = [("flag", "flag --theme"), ("variable", "MAESTRO_THEME"), ("dotenv", ".env MAESTRO_THEME")]
    found = []
    for given, environ in (
        (flags, {"MAESTRO_THEME": "variable"}),
        ({"profile": "p"}, {"MAESTRO_THEME": "variable"}),
        ({"profile": "p"}, {}),
    ):
        config = place.load(given, **environ)
        found.append((config.theme, source(config, "theme")))
    assert found == expected
    dotenv.unlink()
    config = place.load({"profile": "p"})
    assert (config.theme, source(config, "theme")) == ("profile", f"{path} [profile.p]")
    config = place.load()
    assert (config.theme, source(config, "theme")) == ("top", str(path))
    path.unlink()
    config = place.load()
    assert (config.theme, source(config, "theme")) == (None, "default")


def test_empty_variables_count_as_not_given(place: Workplace) -> None:
    """Compose files pass on what is not set as an empty string."""
    place.file(".env", "MAESTRO_THEME=\nREDIS_URL=\nMAESTRO_ASCII\n")
    config = place.load(MAESTRO_URL="", REDIS_HOST="", MAESTRO_READ_ONLY="")
    assert config.address.host == "maestro-redis"
    assert not config.read_only


def test_foreign_keys_of_a_dotenv_are_ignored(place: Workplace) -> None:
    """The file belongs to the platform; we read our few lines of it."""
    place.file(
        ".env",
        f"# the platform\nPOSTGRES_PASSWORD={SECRET}\nMAESTRO_API_URL=http://api\nMAESTRO_TEST_X=1\n"
        "export REDIS_HOST=\"r\"\nREDIS_PASSWORD='a b'\nMAESTRO_MODEL_PATH=/m\n",
    )
    config = place.load()
    assert config.address.host == "r"
    assert config.address.password is not None
    assert config.address.password.reveal() == "a b"


@pytest.mark.parametrize("kind", ["missing", "directory"])
def test_a_dotenv_need_not_be_there(place: Workplace, kind: str) -> None:
    """Some projects call their virtual environment `.env`."""
    if kind == "directory":
        (place.cwd / ".env").mkdir()
    assert place.load().theme is None


def test_a_dotenv_that_is_no_text_is_refused(place: Workplace) -> None:
    """It may hold the address, so it is not passed over."""
    (place.cwd / ".env").write_bytes(b"REDIS_HOST=\xff")
    assert place.refusal() == f"{place.cwd / '.env'}: is not UTF-8 text"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MAESTRO_HSOT", "MAESTRO_HOST"),
        ("MAESTRO_PORTT", "MAESTRO_PORT"),
        ("MAESTRO_URLL", "MAESTRO_URL"),
        ("MAESTRO_REDIS_URI", "MAESTRO_REDIS_URL"),
        ("MAESTRO_READONLY", "MAESTRO_READ_ONLY"),
        ("MAESTRO_PASWORD_FILE", "MAESTRO_PASSWORD_FILE"),
        ("MAESTRO_ENVIROMENT", "MAESTRO_ENVIRONMENT"),
        ("MAESTRO_PROFIL", "MAESTRO_PROFILE"),
    ],
)
def test_a_mistyped_variable_is_not_silent(place: Workplace, name: str, meant: str) -> None:
    """In an incident nobody looks for the missing letter; its value is not repeated."""
    assert place.refusal(**{name: SECRET}) == f"unknown variable '{name}' (did you mean {meant}?)"
    place.file(".env", f"{name}={SECRET}")
    assert place.refusal() == f".env: unknown variable '{name}' (did you mean {meant}?)"


@pytest.mark.parametrize(
    "name",
    [
        "MAESTRO_API_URL",
        "MAESTRO_TEST_SERVERS",
        "MAESTRO_CONFIG_DIR",
        "MAESTRO_DATABASE_URL",
        "MAESTRO_POSTGRES_HOST",
        "MAESTRO_LOG_LEVEL",
        "MAESTRO_REDIS_SERVICE_PORT",
        "MAESTRO_REDIS_PORT_6379_TCP_ADDR",
        "MAESTRO_TLS_PORT",
        "MAESTRO_UI_PORT",
    ],
)
def test_variables_of_the_platform_are_none_of_our_business(place: Workplace, name: str) -> None:
    """The prefix is shared."""
    assert place.load(**{name: "x"}).theme is None


def test_where_the_toml_file_is(place: Workplace) -> None:
    """A flag, a variable, the XDG directory, the home directory; a relative XDG path is to be ignored."""
    usual = place.config('theme = "home"')
    xdg = place.home / "xdg"
    (xdg / "maestro-tui").mkdir(parents=True)
    (xdg / "maestro-tui" / "config.toml").write_text('theme = "xdg"')
    place.file("named.toml", 'theme = "named"')
    assert place.load().theme == "home"
    assert place.load(XDG_CONFIG_HOME="relative").theme == "home"
    assert place.load(XDG_CONFIG_HOME=str(xdg)).theme == "xdg"
    assert place.load(MAESTRO_CONFIG="named.toml", XDG_CONFIG_HOME=str(xdg)).theme == "named"
    assert place.load({"config": str(usual)}, MAESTRO_CONFIG="named.toml").theme == "home"


def test_only_a_named_file_must_exist(place: Workplace) -> None:
    """The usual one is optional."""
    assert place.load(XDG_CONFIG_HOME=str(place.home / "nowhere")).theme is None
    assert place.load(HOME="").theme is None
    expected = f"{place.cwd / 'no.toml'}: there is no such file"
    assert place.refusal({"config": "no.toml"}) == expected
    assert place.refusal(MAESTRO_CONFIG="no.toml") == expected
    assert "is not a regular file" in place.refusal({"config": str(place.home)})
    assert "file name too long" in place.refusal({"config": "x" * 300})


def test_a_fifo_or_a_huge_file_is_refused(place: Workplace) -> None:
    """Neither may hang or fill the memory."""
    os.mkfifo(place.cwd / "fifo")
    assert "is not a regular file" in place.refusal({"config": "fifo"})
    place.file("huge", "#" * 1_000_001)
    assert "is larger than 1 MB" in place.refusal({"config": "huge"})


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("theme = ", "{toml}: is not valid TOML: Invalid value (at "),
        ('theme = "a"\ntheme = "b"\n', "{toml}: is not valid TOML: Cannot overwrite a value (at line 2"),
        (f'password = "{SECRET}', "{toml}: is not valid TOML: "),
        ("x = " + "[" * 5000, "{toml}: is not valid TOML: "),
        ("x = " + "9" * 5000, "{toml}: is not valid TOML: "),
        ('hots = "h"', "{toml}: unknown key 'hots' (did you mean 'host'?)"),
        ("interval = 2", "{toml}: unknown key 'interval' (there are: ascii, "),
        ("ask_password = true", "{toml}: unknown key 'ask_password' (did you mean 'password'?)"),
        ("[profile.p]\nporf = 1", "{toml} [profile.p]: unknown key 'porf' (did you mean 'port'?)"),
        ('[profile.p]\nprofile = "q"', "{toml} [profile.p]: unknown key 'profile'"),
        ("[profile]\np = 1", "{toml}: 'p' is not a table"),
        ("profile = 1", "{toml}: 'profile' is not a table"),
        ("thresholds = 1", "{toml}: 'thresholds' is not a table"),
        ("[thresholds]\nstuk_after = 1", "{toml} [thresholds]: unknown key 'stuk_after' (did you mean"),
        ("[thresholds]\nstreams = 1", "{toml} [thresholds]: 'streams' is not a table"),
        (
            "[profile.p.thresholds.streams.jobs]\nmemory = 1",
            "{toml} [profile.p] [thresholds.streams.'jobs']: unknown key 'memory'",
        ),
        ('"a\\u001b[31m" = 1', "{toml}: unknown key 'a\\x1b[31m'"),
        ("default_profile = 1", "{toml}: default_profile: is no name"),
        ('default_profile = "x"', "{toml}: default_profile: {toml} has no profile 'x' (it has no profiles)"),
    ],
)
def test_a_bad_toml_file_is_refused_in_one_line(place: Workplace, toml: str, said: str) -> None:
    """The line names the file, the table and the key, and what was probably meant."""
    path = place.config(toml)
    assert place.refusal().startswith(said.format(toml=path))


def test_a_profile_is_chosen_by_flag_variable_or_default(place: Workplace) -> None:
    """The strongest choice counts."""
    path = place.config('default_profile = "a"\n[profile.a]\ntheme = "a"\n[profile.b]\n[profile.c]\n')
    config = place.load()
    assert (config.profile, config.theme) == ("a", "a")
    assert source(config, "profile") == f"{path}"
    assert place.load(MAESTRO_PROFILE="b").profile == "b"
    assert place.load({"profile": "c"}, MAESTRO_PROFILE="b").profile == "c"


def test_an_unknown_profile_is_refused(place: Workplace) -> None:
    """Falling back to another server would be the worst answer."""
    assert place.refusal({"profile": "x"}) == "--profile: there is no configuration file with profiles"
    path = place.config("[profile.staging]\n[profile.live]")
    expected = f"--profile: {path} has no profile 'stagin' (did you mean 'staging'?)"
    assert place.refusal({"profile": "stagin"}) == expected
    assert place.refusal(MAESTRO_PROFILE="zz").endswith("'zz' (there are: live, staging)")


@pytest.mark.parametrize(("badge", "kept"), [("production", "production"), ("staging", None), ("development", None)])
def test_a_harmless_badge_is_not_carried_to_another_server(place: Workplace, badge: str, kept: str | None) -> None:
    """A profile says `staging` of its own url, not of the one that REDIS_URL puts in its place."""
    place.config(f'[profile.p]\nurl = "redis://p"\nenvironment = "{badge}"')
    assert place.load({"profile": "p"}).environment == badge
    config = place.load({"profile": "p"}, REDIS_URL="redis://other")
    assert config.environment == kept
    assert kept or "of another address" in source(config, "environment")


def test_the_demo_needs_no_configuration_and_heeds_none(tmp_path: Path) -> None:
    """Whatever is broken in this shell, the demo starts."""
    environ = {
        "REDIS_URL": "nonsense",
        "MAESTRO_URL": "nonsense",
        "MAESTRO_HSOT": "x",
        "MAESTRO_CONFIG": "/nowhere",
        "MAESTRO_ENVIRONMENT": "nonsense",
        "MAESTRO_THEME": "nord",
        "MAESTRO_INTERVAL": "2s",
    }
    (tmp_path / ".env").write_bytes(b"\xff")
    config = load_for_demo({"ascii": True}, environ, cwd=tmp_path)
    assert (config.theme, config.poll_every_s, config.ascii) == ("nord", 2.0, True)
    assert config.address.host == "maestro-redis"
    with pytest.raises(SettingsError, match=r"^--url: has no meaning here"):
        load_for_demo({"url": "redis://h"}, {}, cwd=tmp_path)
