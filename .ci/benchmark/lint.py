"""What linting costs, beside other linters."""
import json
import os
import re
import shutil
import subprocess

from .measure import Results, interleave, run
from .programs import CROSVM, PROJECT

GOLDEN = PROJECT / "schema/src/test/resources/lint"
FIGURES = {"processor": "ms", "clock": "ms"}


def peers(work, javas, files):
    """ajv with our schema, yamllint: those that are here."""
    schema = work / "schema.json"
    text = json.loads(subprocess.run([CROSVM, "schema"], env=javas[0].environment, check=True, capture_output=True).stdout)
    schema.write_text(json.dumps({key: value for key, value in text.items() if key != "$id"}))
    rows = {}
    ajv = os.environ.get("AJV") or shutil.which("ajv")
    if ajv:
        rows["ajv"] = ([ajv, "validate", "--spec=draft2020", "--strict=false", "--all-errors", "-s", str(schema), "-d", str(files)],)
    if shutil.which("yamllint"):
        rows["yamllint"] = (["yamllint", "-d", "relaxed", str(files.parent.parent if "*" in str(files) else files)],)
    return rows


def jvms(javas):
    rows = {f"java -version, {java.name}": (java.version, java.environment) for java in javas}
    rows.update({f"the same with our archive and options, {java.name}": (java.nothing(), java.environment) for java in javas})
    return rows


def compared(results, javas, rows):
    for case in rows:
        for java in javas:
            if case.endswith(java.name):
                results.compare(case, "processor", f"java -version, {java.name}")
    return results


def one(work, javas, rounds):
    results, rows = Results("Lint of one file", FIGURES), jvms(javas)
    good = PROJECT / "examples/full.yaml"
    for java in javas:
        rows[f"crosvm lint, {java.name}"] = ([CROSVM, "lint", str(good)], java.environment)
        rows[f"crosvm lint of a wrong value, {java.name}"] = ([CROSVM, "lint", str(GOLDEN / "bad-name.yaml")], java.environment)
    rows.update(peers(work, javas, good))
    interleave(rounds, rows, run, results)
    return compared(results, javas, rows)


def many(work, javas, rounds):
    """1000 files made from examples and golden inputs, each correct by itself."""
    results, rows = Results("Lint of 1000 files", FIGURES), {}
    folder = work / "many"
    folder.mkdir()
    specs(folder, 1000)
    for java in javas:
        rows[f"crosvm lint, {java.name}"] = ([CROSVM, "lint", str(folder)], java.environment)
    others = peers(work, javas, folder / "*/*.vm.yaml")
    rows.update(others)
    interleave(rounds, rows, run, results)
    for java in javas:
        for peer in list(others)[:1]:
            results.compare(f"crosvm lint, {java.name}", "processor", peer)
    return results


def specs(folder, count):
    """Correct specs, each in a folder and with a name of its own."""
    sources = sorted((PROJECT / "examples").glob("*.yaml")) + sorted(GOLDEN.glob("*.ok.yaml"))
    sources = [file for file in sources if not file.name.startswith("not-utf8")]
    for i in range(count):
        text = re.sub(r"(?m)^name: .*$", f"name: m{i}", sources[i % len(sources)].read_text())
        place = folder / f"{i:04d}"
        place.mkdir()
        (place / f"m{i}.vm.yaml").write_text(text)
