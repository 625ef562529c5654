"""The digest that identifies the rules of decisions."""

from services.recommendation.replay import ruleset_digest


def sources(folder, **contents):
    for name, content in contents.items():
        (folder / f"{name}.py").write_text(content)
    return sorted(folder.glob("*.py"))


def test_every_change_of_a_source_or_a_version_changes_the_digest(tmp_path):
    digests = {
        ruleset_digest.digest(sources(tmp_path, **contents), *versions)
        for contents, versions in (
            ({"one": "A = 1\n", "two": "B = 2\n"}, ()),
            ({"one": "A = 2\n"}, ()),
            ({"one": "A = 2\nB", "two": " = 2\n"}, ()),
            ({"three": ""}, ()),
            ({}, ("numpy 2",)),
            ({}, ("numpy 3",)),
        )
    }

    assert 6 == len(digests)


def test_the_digest_does_not_depend_on_the_folder_of_the_sources(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()

    assert ruleset_digest.digest(sources(here, one="A = 1\n")) == ruleset_digest.digest(sources(there, one="A = 1\n"))


def test_all_modules_that_affect_a_decision_are_in_the_digest():
    names = {f"{each.parent.name}/{each.name}" for each in ruleset_digest.SOURCES}

    assert {
        "domain/weights.py",
        "domain/rails.py",
        "domain/ranking.py",
        "domain/signals.py",
        "domain/explanations.py",
        "domain/score_parts.py",
        "convert/home_messages.py",
        "ranking/model_trainer.py",
        "kit/visibility.py",
    } <= names
    assert ruleset_digest.DIGEST == ruleset_digest.digest(
        ruleset_digest.SOURCES, f"numpy {ruleset_digest.np.__version__}"
    )
