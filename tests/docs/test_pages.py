"""Every page is true: what it links to, and what it names, exists."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from cli.__main__ import main
from deploy.aws.steps.schema import OWNER_VARIABLE
from deploy.aws.steps.secrets import DESK_URL
from deploy.prefect_objects.deployments import DEPLOYMENTS
from docverify.checks import Status
from docverify.page import Engine
from docverify.policy import Consequence
from docverify.verdict import Outcome
from services.desk.settings import DeskSettings
from services.gateway.app import GatewaySettings
from services.metrics.settings import MetricsSettings
from tasks.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
}
ROOMS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != ".")
PICTURES = sorted((ROOT / "docs" / "pictures").iterdir())
OURS = ("benchmarks", "deploy", "docs", "docverify", "services", "specimens", "tasks", "training")
every_page = pytest.mark.parametrize("page", PAGES)


def found(pattern: str, page: str) -> list[str]:
    return sorted(set(re.findall(pattern, PAGES[page], re.MULTILINE)))


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings of a page, as the usual viewers make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


@every_page
def test_every_relative_link_resolves(page):
    linked = [*found(r"\]\(([^)]+)\)", page), *found(r"src=\"([^\"]+)\"", page)]
    for target in linked:
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = (ROOT / page).parent / name if name else ROOT / page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text("utf-8")), target


@every_page
def test_page_with_commands_of_the_environment_names_how_to_activate_it(page):
    programs = found(r"^\$ (?:[A-Z_]+=\S+ )*(python|docverify|prefect) ", page)

    assert not programs or ". .venv/bin/activate" in PAGES[page]


@every_page
def test_every_make_target_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(found(r"(?:^\$ |`|&& )make ([a-z-]+)", page)) <= targets


@every_page
def test_every_path_exists(page):
    rooms = "|".join(map(re.escape, [*ROOMS, ".ci"]))
    for path in found(rf"(?:`|^\$ .*?)((?:{rooms})/[\w./*-]*)", page):
        if "NAME" not in path and path != "deploy/environments/self-hosted.toml":
            assert list(ROOT.glob(path)) != [], path


@every_page
def test_every_module_that_is_run_exists(page):
    for name in found(r"python -m ([a-z_.]+)", page):
        if name.partition(".")[0] in OURS:
            assert find_spec(name), name


@every_page
def test_every_command_and_option_of_docverify_exists(page, capsys):
    for line in found(r"(?:`|^\$ (?:\.venv/bin/)?)docverify ((?:[a-z]+|--)[^`\n]*)", page):
        words = line.split()
        if words[0].startswith("-"):
            continue
        # A step of a command has options of its own.
        steps = words[:2] if words[1:2] and words[1] in STEPS.get(words[0], ()) else words[:1]
        with pytest.raises(SystemExit) as ended:
            main([*steps, "--help"])
        shown = capsys.readouterr().out
        assert ended.value.code == 0, line
        for option in (word for word in words if word.startswith("--") and word != "--help"):
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", shown), line


STEPS = {
    "review": ("claim", "decide", "release", "override", "appeal", "history"),
    "deliveries": ("replay", "send", "stop"),
    "token": ("create", "list", "revoke"),
}


@pytest.mark.parametrize(
    ("program", "source"),
    [
        (r"deploy/deploy\.py", "deploy/deploy.py"),
        (r"-m deploy\.doctor", "deploy/doctor.py"),
        (r"-m deploy\.serve", "deploy/serve.py"),
    ],
)
@every_page
def test_every_option_of_our_programs_exists(page, program, source):
    text = (ROOT / source).read_text("utf-8")
    for line in found(rf"python {program}([^`\n#]*)", page):
        for option in re.findall(r"--[a-z][a-z-]+", line):
            assert f'"{option}"' in text, line


@every_page
def test_every_variable_exists(page):
    known = {f"DOCVERIFY_{name}".upper() for name in Settings.model_fields}
    known |= {f"DOCVERIFY_GATEWAY_{name}".upper() for name in GatewaySettings.model_fields}
    known |= {f"DOCVERIFY_DESK_{name}".upper() for name in DeskSettings.model_fields}
    known |= {f"DOCVERIFY_METRICS_{name}".upper() for name in MetricsSettings.model_fields}
    # The deploy script reads these.
    known |= {"DOCVERIFY_NOTIFICATION_URL", OWNER_VARIABLE, DESK_URL}
    assert set(found(r"DOCVERIFY_[A-Z0-9_]+", page)) <= known | {"DOCVERIFY_", "DOCVERIFY_DESK_"}


@every_page
def test_every_deployment_exists(page):
    names = {each.name for each in DEPLOYMENTS}

    assert {
        re.sub("-staging$", "", each) for each in found(r"`([a-z-]+-deployment)`", page)
    } <= names


@pytest.mark.parametrize(
    "words", [Outcome, Status, Consequence, Engine], ids=lambda each: each.__name__
)
def test_the_glossary_has_every_word_of_the_code(words):
    glossary = PAGES["docs/glossary.md"]

    assert [each for each in words if f"`{each}`" not in glossary] == []


def test_every_term_of_the_glossary_is_explained_once():
    terms = re.findall(r"^\| ([^|`]+) \|", PAGES["docs/glossary.md"], re.MULTILINE)
    names = [
        name for term in terms for name in term.split(", ") if term not in ("---", "term", "word")
    ]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_class_and_constant_exists(page):
    code = "\n".join(
        path.read_text("utf-8") for room in OURS for path in (ROOT / room).rglob("*.py")
    )
    for name in found(r"`([A-Z]\w+)[.`]", page):
        # Runs of a shell, not of Python.
        if name not in ("ARGS", "DATABASE_URL", "NAME", "COMPLETED") and "DOCVERIFY_" not in name:
            assert re.search(rf"^(class )?{name}\b", code, re.MULTILINE), name


def test_the_values_of_the_stages_exist():
    (block,) = re.findall(r"```\n(Upload .*?)```", PAGES["docs/architecture.md"], re.DOTALL)
    names = set(re.findall(r"\b[A-Z][A-Za-z]+\b", block.replace("CheckResults", "CheckResult")))
    code = "\n".join(
        path.read_text("utf-8")
        for room in ("docverify", "tasks")
        for path in (ROOT / room).rglob("*.py")
    )

    assert len(names) >= 10
    assert [
        name for name in sorted(names) if not re.search(rf"^(class )?{name}\b", code, re.MULTILINE)
    ] == []


def test_every_picture_is_shown():
    shown = " ".join(PAGES.values())

    assert [each.name for each in PICTURES if f"pictures/{each.name}" not in shown] == []


def test_the_page_of_commands_has_every_command_and_target(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"^    ([a-z]+)\b", capsys.readouterr().out, re.MULTILINE)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    page = PAGES["docs/commands.md"]

    assert len(commands) >= 7
    assert [each for each in commands if f"`docverify {each}" not in page] == []
    assert [each for each in targets if f"| `make {each}`" not in page] == []


def test_every_page_is_in_the_index():
    index = PAGES["docs/index.md"]
    pages = [
        Path(page).name for page in PAGES if page.startswith("docs/") and page != "docs/index.md"
    ]

    assert [name for name in pages if f"]({name}" not in index] == []
